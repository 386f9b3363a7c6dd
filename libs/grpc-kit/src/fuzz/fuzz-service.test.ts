import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EncoderServiceService } from "@worldmodels/proto/encoder";
import type { EncodeRequest } from "@worldmodels/proto/encoder";
import { EnvServiceService, Open } from "@worldmodels/proto/env";
import { JobServiceService } from "@worldmodels/proto/job";
import { Dtype } from "@worldmodels/proto/tensor";
import { DomainError } from "@worldmodels/errors";
import { aborted, startServing, temporaryFolder, writeClients } from "../serving.test-helper.js";
import type { EncoderHandlers, EnvHandlers, JobHandlers } from "../serving.test-helper.js";
import { assertFiniteTensor, readTensor, toTensor } from "../tensors.js";
import { describeBugs, fuzzService } from "./index.js";

const refuse = (message: string) => new DomainError("invalid-argument", message);

/** As an encoder should be: it looks at everything before it works on it. */
const encoder: EncoderHandlers = {
  encode: async ({ frames }) => {
    const pixels = readTensor(frames, "frames", Dtype.DTYPE_UINT8, [undefined, 64, 64, 3]);
    const rows = pixels.length / 12_288;
    const mean = new Float32Array(rows * 2);
    for (let row = 0; row < rows; row++) mean.fill(pixels[row * 12_288] ?? NaN, 2 * row, 2 * row + 2);
    return { mean: toTensor(mean, [rows, 2]), logVariance: undefined };
  },
  decode: async ({ latent }) => {
    assertFiniteTensor("latent", readTensor(latent, "latent", Dtype.DTYPE_FLOAT32, [undefined, 2]));
    return { frames: undefined };
  },
  getModel: async () => ({
    model: undefined,
    latentSize: 2,
    parameters: 1n,
    observation: "wm64",
    networkJson: "{}",
  }),
  trainEncoder: async (_request, { signal }) => {
    await aborted(signal);
    return { job: undefined };
  },
  encodeEpisodes: async ({ episodes }) => {
    if (episodes === undefined) throw refuse("episodes is missing");
    throw new DomainError("not-found", `there are no episodes ${episodes.digest.slice(0, 20)}`);
  },
};

const frames = toTensor(new Uint8Array(12_288), [1, 64, 64, 3]);
const encode: readonly EncodeRequest[] = [{ model: "", frames }];

describe("the fuzz", () => {
  it("finds nothing at a service that looks before it works", async (t) => {
    const { connection, bugs } = await startServing(t, { encoder });
    const report = await fuzzService(connection, EncoderServiceService, {
      seed: 1,
      callsPerMethod: 40,
      deadlineMs: 60,
      examples: { encode },
    });
    assert.equal(describeBugs(report), "");
    assert.deepEqual(bugs, []);
    assert.equal(report.calls, 200);
    const { encode: encoded, trainEncoder, encodeEpisodes } = report.outcomes;
    assert.ok((encoded?.ok ?? 0) > 0, "some get through");
    assert.ok((encoded?.["invalid-argument"] ?? 0) > 0, "some are refused");
    assert.ok((encodeEpisodes?.["not-found"] ?? 0) > 0);
    assert.ok((trainEncoder?.["deadline-exceeded"] ?? 0) > 0, "a call that takes long is no bug");
  });

  it("finds a handler that trusts a tensor's shape, and gives the bytes that show it", async (t) => {
    const careless: Partial<EncoderHandlers> = {
      encode: async ({ frames }) => {
        if (frames === undefined) throw refuse("frames is missing");
        const [rows = 0] = frames.shape;
        return { mean: toTensor(new Float32Array(rows), [rows]), logVariance: undefined };
      },
    };
    const { connection, bugs } = await startServing(t, { encoder: { ...encoder, ...careless } });
    const report = await fuzzService(connection, EncoderServiceService, {
      seed: 2,
      methods: ["encode"],
    });
    assert.ok(report.bugs.length > 0);
    assert.ok(report.isHealthy);
    const [found] = report.bugs;
    assert.equal(found?.method, "/worldmodels.encoder.v1.EncoderService/Encode");
    assert.match(found.told, /internal error/);
    assert.match(
      describeBugs(report),
      /^\/worldmodels\.encoder\.v1\.EncoderService\/Encode: .*\n {2}\S.*: \S+/,
    );
    const again = bugs.length;
    const bytes = Buffer.from(found.requests[0]?.base64 ?? "", "base64");
    const raw = { ...EncoderServiceService.encode, requestSerialize: (request: Buffer) => request };
    await assert.rejects(
      connection.unary(raw as never, bytes as never, { deadlineMs: 5000 }),
      /internal error/,
    );
    assert.equal(bugs.length, again + 1);
  });

  it("finds a bug in a stream that only a session with two requests shows", async (t) => {
    const env: Partial<EnvHandlers> = {
      listEnvs: async () => Promise.reject(refuse("not here")),
      async *interact(requests) {
        let isOpen = false;
        for await (const { request } of requests) {
          if (isOpen && request?.$case === "open") throw new TypeError("opened twice");
          isOpen ||= request?.$case === "open";
          yield { response: undefined };
        }
      },
    };
    const { connection } = await startServing(t, { env });
    const report = await fuzzService(connection, EnvServiceService, {
      seed: 3,
      examples: { interact: [{ timeoutMs: 0, request: { $case: "open", value: Open.fromPartial({}) } }] },
    });
    assert.ok(report.bugs.some(({ method }) => method.endsWith("/Interact")));
    assert.ok(report.bugs.every(({ requests }) => requests.length > 1));
  });

  it("sends the same bytes for the same seed, and others for another", async (t) => {
    const seen: string[][] = [];
    const jobs: Partial<JobHandlers> = {
      getJob: async ({ id }) => {
        seen.at(-1)?.push(id);
        return { job: undefined };
      },
      listJobs: async () => ({ jobs: [] }),
      cancelJob: async () => ({ job: undefined }),
      async *watchJob() {
        for (;;) yield { sequence: 1n, line: undefined, job: undefined };
      },
    };
    const { connection } = await startServing(t, { jobs });
    for (const seed of [1, 1, 2]) {
      seen.push([]);
      const report = await fuzzService(connection, JobServiceService, { seed, callsPerMethod: 40 });
      assert.equal(describeBugs(report), "");
      const { ok = 0, "invalid-argument": refused = 0 } = report.outcomes.watchJob ?? {};
      assert.equal(ok + refused, 40);
    }
    assert.ok((seen[0]?.length ?? 0) > 10);
    assert.deepEqual(seen[0], seen[1]);
    assert.notDeepEqual(seen[0], seen[2]);
  });

  it("says so where the service has gone, with the request that it went at", async (t) => {
    let stop: () => Promise<void> = async () => undefined;
    const { connection, server } = await startServing(t, {
      jobs: {
        getJob: async ({ id }) => {
          if (id.length > 1000) await stop();
          return { job: undefined };
        },
      },
    });
    stop = () => server.stop({ graceMs: 0 });
    const report = await fuzzService(connection, JobServiceService, { seed: 4, callsPerMethod: 200 });
    assert.equal(report.isHealthy, false);
    assert.equal(report.bugs.length, 1);
    assert.ok(report.calls < 200);
    assert.match(describeBugs(report), /was not serving at the end$/);
  });

  it("takes a service that lets nobody in for one that is well", async (t) => {
    const { connection } = await startServing(t, {}, { clientsFile: writeClients(temporaryFolder(t), {}) });
    const report = await fuzzService(connection, JobServiceService, { seed: 5, callsPerMethod: 20 });
    assert.deepEqual(report.outcomes.getJob, { unauthenticated: 20 });
    assert.equal(describeBugs(report), "");
  });
});
