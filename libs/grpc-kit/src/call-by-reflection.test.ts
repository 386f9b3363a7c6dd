import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { Dtype } from "@worldmodels/proto/tensor";
import type { TestContext } from "node:test";
import { callByReflection, listByReflection } from "./call-by-reflection.js";
import { hashToken } from "./clients-file.js";
import type { Json } from "./json-message.js";
import {
  aborted,
  all,
  jobOf,
  startServing,
  temporaryFolder,
  TOKEN,
  writeClients,
} from "./serving.test-helper.js";
import type { Given } from "./serving.test-helper.js";

const inTime = { deadlineMs: 20_000 };
const BIG = 18_446_744_073_709_551_615n;

const given: Given = {
  jobs: {
    getJob: async ({ id }) => ({
      job: {
        ...jobOf(id),
        seed: BIG,
        settings: { "vae.epochs": "3" },
        inputs: { episodes: { kind: "episodes", digest: "ab" } },
        progress: {
          done: NaN,
          total: 2.5,
          unit: "frames",
          ratePerSecond: 0,
          secondsLeft: Infinity,
          metrics: { loss: 0.5 },
          labels: {},
        },
        startedUnixMs: -5n,
      },
    }),
    async *watchJob({ id, after }) {
      for (let n = 1n; n <= 3n; n++) yield { sequence: after + n, line: id, job: undefined };
    },
  },
  encoder: {
    encode: async ({ model, frames }) => ({
      mean: frames,
      logVariance: {
        dtype: Dtype.DTYPE_FLOAT32,
        shape: [model.length, 1],
        data: new Uint8Array([0, 0, 128, 63]),
      },
    }),
    trainEncoder: async ({ settings, seed }) => ({ job: { ...jobOf("t"), settings, seed } }),
  },
  env: {
    async *interact(requests) {
      for await (const { timeoutMs, request } of requests) {
        yield {
          response: {
            $case: "error",
            value: { code: -timeoutMs, message: request?.$case ?? "nothing", reason: "" },
          },
        };
      }
    },
  },
};

async function call(t: TestContext, name: string, request: Json) {
  const { connection } = await startServing(t, given);
  return all(callByReflection(connection, name, request, inTime));
}

describe("calls by reflection", () => {
  for (const name of [
    "worldmodels.encoder.v1.EncoderService/Encode",
    "/worldmodels.encoder.v1.EncoderService/Encode",
    "worldmodels.encoder.v1.EncoderService.Encode",
    "EncoderService/Encode",
    "EncoderService.Encode",
    "v1.EncoderService.encode",
  ]) {
    it(`${name} is found; bytes are base64, enums are names`, async (t) => {
      const frames = { dtype: "DTYPE_UINT8", shape: [1, 2], data: "AQI=" };
      assert.deepEqual(await call(t, name, { model: "abc", frames }), [
        { mean: frames, logVariance: { dtype: "DTYPE_FLOAT32", shape: [3, 1], data: "AACAPw==" } },
      ]);
    });
  }

  it("64-bit numbers are text, names are in camel case, what is absent is left out", async (t) => {
    assert.deepEqual(await call(t, "JobService/GetJob", { id: "0123abcd" }), [
      {
        job: {
          id: "0123abcd",
          stage: "train-vae",
          settings: { "vae.epochs": "3" },
          seed: String(BIG),
          inputs: { episodes: { kind: "episodes", digest: "ab" } },
          state: "JOB_STATE_RUNNING",
          progress: {
            done: "NaN",
            total: 2.5,
            unit: "frames",
            ratePerSecond: 0,
            secondsLeft: "Infinity",
            metrics: { loss: 0.5 },
          },
          attempts: 1,
          startedUnixMs: "-5",
        },
      },
    ]);
  });

  it("a 64-bit number may be given as text or, where JSON is exact, as a number", async (t) => {
    const [first] = await call(t, "EncoderService.TrainEncoder", {
      settings: { a: "b" },
      seed: String(BIG),
    });
    assert.deepEqual((first as { job: { seed: string } }).job.seed, String(BIG));
    const [second] = await call(t, "EncoderService.TrainEncoder", { seed: 5 });
    assert.deepEqual((second as { job: { seed: string } }).job.seed, "5");
  });

  it("a stream of responses comes one by one", async (t) => {
    assert.deepEqual(await call(t, "JobService/WatchJob", { id: "x", after: "7" }), [
      { sequence: "8", line: "x" },
      { sequence: "9", line: "x" },
      { sequence: "10", line: "x" },
    ]);
  });

  it("a stream of requests is given as a list, with names as the .proto has them or in camel case", async (t) => {
    const requests = [{ timeout_ms: 1 }, { timeoutMs: 2, render: {} }, { step: null }];
    assert.deepEqual(await call(t, "EnvService/Interact", requests), [
      { error: { code: -1, message: "nothing" } },
      { error: { code: -2, message: "render" } },
      { error: { message: "nothing" } },
    ]);
  });

  it("a token is brought to reflection and to the call", async (t) => {
    const clientsFile = writeClients(temporaryFolder(t), { alice: { token_sha256: hashToken(TOKEN) } });
    const { connection } = await startServing(t, given, { clientsFile, client: { token: TOKEN } });
    assert.equal((await all(callByReflection(connection, "JobService/GetJob", {}, inTime))).length, 1);
  });

  it("a service's refusal is the call's", async (t) => {
    const { connection } = await startServing(t, given, {
      clientsFile: writeClients(temporaryFolder(t), {}),
    });
    await assert.rejects(all(callByReflection(connection, "JobService/GetJob", {}, inTime)), (error) =>
      isDomainError(error, "unauthenticated"),
    );
  });

  it("time runs out for streams, too", async (t) => {
    const { connection } = await startServing(t, {
      jobs: {
        // eslint-disable-next-line require-yield -- it says nothing
        async *watchJob(_request, { signal }) {
          await aborted(signal);
        },
      },
    });
    await assert.rejects(
      all(callByReflection(connection, "JobService/WatchJob", {}, { deadlineMs: 300 })),
      (error) => isDomainError(error, "deadline-exceeded"),
    );
  });

  it("a server without reflection is said to have none", async (t) => {
    const { connection } = await startServing(t, given, { reflection: false });
    await assert.rejects(
      all(callByReflection(connection, "JobService/GetJob", {}, inTime)),
      (error) =>
        isDomainError(error, "unimplemented") && /start it with --reflection true/.test(error.message),
    );
  });
});

describe("what is not there", () => {
  for (const [name, request, code, sentence] of [
    [
      "EncodeService/Encode",
      {},
      "not-found",
      /^there is no service "EncodeService" \(did you mean EncoderService\?\); there are .*worldmodels\.encoder\.v1\.EncoderService, /,
    ],
    [
      "EncoderService/Encod",
      {},
      "not-found",
      /^there is no method "Encod" \(did you mean Encode\?\); worldmodels\.encoder\.v1\.EncoderService has Encode, Decode, /,
    ],
    ["Encode", {}, "invalid-argument", /^"Encode" names no method/],
    [
      "JobService/GetJob",
      { idd: "x" },
      "invalid-argument",
      /^GetJobRequest has no field "idd" \(did you mean id\?\); it has id$/,
    ],
    ["JobService/ListJobs", { x: 1 }, "invalid-argument", /^ListJobsRequest has no field "x"; it has none$/],
    ["JobService/GetJob", { id: 5 }, "invalid-argument", /^GetJobRequest\.id = 5 is not a string$/],
    ["JobService/GetJob", [], "invalid-argument", /^GetJobRequest = \[\] is not an object of GetJobRequest$/],
    [
      "JobService/WatchJob",
      { after: -1 },
      "invalid-argument",
      /^WatchJobRequest\.after = -1 is not a whole number from 0 to 18446744073709551615$/,
    ],
    ["JobService/WatchJob", { after: 1.5 }, "invalid-argument", /is not a whole number/],
    ["JobService/WatchJob", { after: 2 ** 60 }, "invalid-argument", /is not a whole number/],
    [
      "EncoderService/Encode",
      { frames: { dtype: "UINT8" } },
      "invalid-argument",
      /^EncodeRequest\.frames\.dtype = "UINT8" is not one of DTYPE_UNSPECIFIED, DTYPE_UINT8, /,
    ],
    [
      "EncoderService/Encode",
      { frames: { data: "not base64!" } },
      "invalid-argument",
      /^EncodeRequest\.frames\.data = "not base64!" is not bytes in base64$/,
    ],
    [
      "EncoderService/Encode",
      { frames: { shape: [1, -2] } },
      "invalid-argument",
      /^EncodeRequest\.frames\.shape\[1\] = -2 is not a whole number from 0 to 4294967295$/,
    ],
    ["EncoderService/Encode", { frames: { shape: 1 } }, "invalid-argument", /shape = 1 is not a list$/],
    [
      "EncoderService/TrainEncoder",
      { settings: { a: 1 } },
      "invalid-argument",
      /settings\.a = 1 is not a string$/,
    ],
    [
      "EnvService/Interact",
      [{ reset: {}, step: {} }],
      "invalid-argument",
      /has both reset and step; it takes one of them$/,
    ],
  ] as const) {
    it(`${name} with ${JSON.stringify(request)} is refused in one sentence`, async (t) => {
      await assert.rejects(call(t, name, request), (error) => {
        assert.ok(isDomainError(error, code), String(error));
        assert.match(error.message, sentence);
        return true;
      });
    });
  }
});

describe("a list by reflection", () => {
  it("has every service that is served, its methods, types and streams", async (t) => {
    const { connection } = await startServing(t, {});
    const services = await listByReflection(connection);
    assert.deepEqual(services.map(({ name }) => name).sort(), [
      "worldmodels.encoder.v1.EncoderService",
      "worldmodels.env.v1.EnvService",
      "worldmodels.job.v1.JobService",
    ]);
    const methods = services.flatMap(({ methods }) => methods);
    assert.deepEqual(
      ["Encode", "Interact", "WatchJob"].map((wanted) => methods.find(({ name }) => name === wanted)),
      [
        {
          name: "Encode",
          requestType: "worldmodels.encoder.v1.EncodeRequest",
          responseType: "worldmodels.encoder.v1.EncodeResponse",
          requestStream: false,
          responseStream: false,
        },
        {
          name: "Interact",
          requestType: "worldmodels.env.v1.InteractRequest",
          responseType: "worldmodels.env.v1.InteractResponse",
          requestStream: true,
          responseStream: true,
        },
        {
          name: "WatchJob",
          requestType: "worldmodels.job.v1.WatchJobRequest",
          responseType: "worldmodels.job.v1.WatchJobResponse",
          requestStream: false,
          responseStream: true,
        },
      ],
    );
  });
});
