import { artifactName, createArtifactStore } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import { connect, createClient } from "@worldmodels/grpc-kit";
import { runJob } from "@worldmodels/jobs";
import type { JobDefinition, JobProgress } from "@worldmodels/jobs";
import { JobServiceService } from "@worldmodels/proto/job";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  addressIn,
  countingJob,
  countingPlace,
  startCountingService,
} from "./counting-service.test-helper.js";
import { createRemoteAttempt } from "./remote-attempt.js";

const root = mkdtempSync(join(tmpdir(), "remote-attempt-"));
after(() => {
  rmSync(root, { recursive: true });
});
let folders = 0;
const newFolder = () => {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
};

/** Runs a job from here at the service in `there`. */
function runFromHere(
  there: string,
  config: JsonObject,
  options: {
    patienceMs?: number;
    signal?: AbortSignal;
    onSay?: (line: string) => void;
    inputs?: JobDefinition["inputs"];
    here?: string;
  } = {},
) {
  const { patienceMs, signal, onSay, inputs, here = newFolder() } = options;
  const store = createArtifactStore(join(here, "artifacts"));
  const connection = connect(addressIn(there));
  const said: string[] = [];
  const progress: JobProgress[] = [];
  const attempt = createRemoteAttempt({
    placeOf: () => countingPlace(connection),
    ...(patienceMs !== undefined && { patienceMs }),
  });
  const record = runJob({
    definition: countingJob(config, undefined, inputs),
    jobsFolder: join(here, "jobs"),
    store,
    workers: 1,
    attempt,
    graceMs: 10_000,
    ...(signal && { signal }),
    onProgress: (each) => progress.push(each),
    onSay: (line) => {
      said.push(line);
      onSay?.(line);
    },
  }).finally(() => {
    connection.close();
  });
  return { record, said, progress, store };
}

const COUNTED = [1, 2, 3, 4, 5].map((number) => `counted ${number}`);

test("a job at a service gives lines, progress, facts and artifacts as a job here does", async () => {
  const there = newFolder();
  const service = await startCountingService(there);
  const { record, said, progress, store } = runFromHere(there, {});
  const { state, artifacts, facts } = await record;
  assert.equal(state, "SUCCEEDED");
  assert.deepEqual(facts, { counted: 5 });
  assert.deepEqual(said, COUNTED);
  assert.equal(progress.at(-1)?.unit, "numbers");
  assert.equal((await store.verify(artifacts["numbers"]!)).kind, "numbers");
  await service.stop();
});

test("a job that is done there is not run again", async () => {
  const there = newFolder();
  const service = await startCountingService(there);
  const first = await runFromHere(there, {}).record;
  const second = await runFromHere(there, {}).record;
  assert.deepEqual(second.artifacts, first.artifacts);
  await service.stop();
});

test("a failure there is a failure here, with its code and sentence", async () => {
  const there = newFolder();
  const service = await startCountingService(there);
  await assert.rejects(runFromHere(there, { failAt: 2 }).record, {
    code: "out-of-range",
    message: "counting: that number is refused",
  });
  await service.stop();
});

test("a job stopped here is cancelled there, and goes on when it is asked for again", async () => {
  const there = newFolder();
  const service = await startCountingService(there);
  const gate = join(there, "gate");
  const abort = new AbortController();
  const stopped = runFromHere(
    there,
    { waitAt: 2, gate },
    {
      signal: abort.signal,
      onSay: (line) => {
        if (line === "waits") abort.abort();
      },
    },
  );
  await assert.rejects(stopped.record, { code: "cancelled" });
  writeFileSync(gate, "");
  const { record, said } = runFromHere(there, { waitAt: 2, gate });
  assert.equal((await record).state, "SUCCEEDED");
  assert.ok(said.includes("goes on from 2"), said.join("; "));
  await service.stop();
});

test("a job that somebody cancels at its service is cancelled here, with what to do", async () => {
  const there = newFolder();
  const service = await startCountingService(there);
  const connection = connect(addressIn(there));
  const { listJobs, cancelJob } = createClient(JobServiceService, connection);
  const { record } = runFromHere(
    there,
    { waitAt: 2, gate: "/nowhere" },
    {
      onSay: (line) => {
        if (line !== "waits") return;
        void listJobs({}, { deadlineMs: 10_000 }).then(({ jobs }) =>
          cancelJob({ id: jobs[0]?.id ?? "" }, { deadlineMs: 10_000 }),
        );
      },
    },
  );
  await assert.rejects(record, {
    code: "cancelled",
    message: /^counting: it was cancelled at the service at unix:.*; give the command again to go on$/,
  });
  connection.close();
  await service.stop();
});

test("a service of another version, which makes another job of the request, is refused", async () => {
  const there = newFolder();
  const service = await startCountingService(there);
  const connection = connect(addressIn(there));
  const place = countingPlace(connection);
  const attempt = createRemoteAttempt({
    placeOf: () => ({ ...place, start: (job, options) => place.start({ ...job, seed: 99n }, options) }),
  });
  const end = await attempt(
    { type: "start", definition: countingJob({}), storeRoot: newFolder(), folder: "", workers: 1 },
    { onMessage: () => {}, signal: undefined, graceMs: 1000, env: {} },
  );
  assert.ok(end.type === "failed" && end.code === "failed-precondition", JSON.stringify(end));
  assert.match(
    end.message,
    /made job [0-9a-f]{12} of a request for job [0-9a-f]{12}; run services and command/,
  );
  connection.close();
  await service.stop();
});

test("a service killed in mid-job and started again goes on, and the attempt outlives it", async () => {
  const unkilled = newFolder();
  const undisturbed = await startCountingService(unkilled);
  const expected = await runFromHere(unkilled, {}).record;
  await undisturbed.stop();

  const there = newFolder();
  const gate = join(there, "gate");
  const first = await startServiceProcess(there);
  const [waits, lost] = [new EventEmitter(), new EventEmitter()];
  const [hasWaited, isLost] = [once(waits, "said"), once(lost, "said")];
  const { record, said } = runFromHere(
    there,
    { waitAt: 3, gate },
    {
      onSay: (line) => {
        if (line === "waits") waits.emit("said");
        if (/is out of reach/.test(line)) lost.emit("said");
      },
    },
  );
  await hasWaited;
  first.kill("SIGKILL");
  await isLost;
  writeFileSync(gate, "");
  const second = await startServiceProcess(there);
  assert.deepEqual((await record).artifacts, expected.artifacts);
  const own = said.filter((line) => !line.startsWith("the service at") && !line.startsWith("waits for"));
  assert.deepEqual(own, [...COUNTED.slice(0, 3), "waits", "goes on from 3", ...COUNTED.slice(3)]);
  assert.equal(said.filter((line) => /is back$/.test(line)).length, 1);
  second.kill("SIGKILL");
});

/** A folder with a store, and a job's input in it of so many bytes. */
async function withInput(bytes: number) {
  const here = newFolder();
  const store = createArtifactStore(join(here, "artifacts"));
  const ref = await store.write("sample", { bytes }, (folder) =>
    writeFile(join(folder, "a.bin"), randomFillSync(Buffer.alloc(bytes))),
  );
  return { here, inputs: { sample: ref } };
}

test("what a job takes is sent to its service, and what it makes is fetched, large ones with progress", async () => {
  const there = newFolder();
  const service = await startCountingService(there);
  const { here, inputs } = await withInput(40 * 2 ** 20);
  const { record, progress, store } = runFromHere(there, {}, { here, inputs });
  const { artifacts } = await record;
  await service.store.verify(inputs.sample);
  await store.verify(artifacts["numbers"]!);
  const sent = progress.filter(({ unit }) => unit === "MiB");
  assert.deepEqual(sent.at(-1)?.metrics, { sends: artifactName(inputs.sample) });
  assert.deepEqual([sent.at(-1)?.done, sent.at(-1)?.total], [40, 40]);
  await service.stop();
});

test("a service that has lost its disk in mid-job is sent the inputs again, and begins the job anew", async () => {
  const there = newFolder();
  const gate = join(root, "gate-of-lost-disk");
  const first = await startServiceProcess(there);
  const lost = new EventEmitter();
  const isLost = once(lost, "said");
  const waits = once(lost, "waits");
  const { here, inputs } = await withInput(100);
  const { record, said } = runFromHere(
    there,
    { waitAt: 3, gate },
    {
      ...{ here, inputs },
      onSay: (line) => {
        if (line === "waits") lost.emit("waits");
        if (/is out of reach/.test(line)) lost.emit("said");
      },
    },
  );
  await waits;
  first.kill("SIGKILL");
  await isLost;
  for (const name of ["artifacts", "jobs"]) rmSync(join(there, name), { recursive: true });
  writeFileSync(gate, "");
  const second = await startServiceProcess(there);
  assert.equal((await record).state, "SUCCEEDED");
  assert.deepEqual(said.filter((line) => line.startsWith("counted")).slice(3), COUNTED);
  await createArtifactStore(join(there, "artifacts")).verify(inputs.sample);
  second.kill("SIGKILL");
});

test("a service that is out of reach for too long is one sentence with its address", async () => {
  const there = newFolder();
  await assert.rejects(runFromHere(there, {}, { patienceMs: 0 }).record, (error: Error) => {
    assert.match(
      error.message,
      /^counting: the service at unix:.*service\.sock was out of reach for 0 s \(.*\); start it again and repeat/,
    );
    assert.equal((error as Error & { code: string }).code, "unavailable");
    return true;
  });
});

test("a stop while the service is out of reach ends at once", async () => {
  const abort = new AbortController();
  const { record } = runFromHere(
    newFolder(),
    {},
    {
      signal: abort.signal,
      onSay: () => {
        abort.abort();
      },
    },
  );
  await assert.rejects(record, { code: "cancelled" });
});

async function startServiceProcess(folder: string) {
  const entry = fileURLToPath(new URL("./counting-service.test-worker.ts", import.meta.url));
  const child = spawn(process.execPath, ["-C", "@worldmodels/source", "--import", "tsx", entry, folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}
