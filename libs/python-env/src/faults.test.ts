import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { createVectorEnv, SlotStatus } from "@worldmodels/env";
import type { VectorEnv } from "@worldmodels/env";
import { preparePython } from "./prepare-python.js";
import type { PreparedPython } from "./prepare-python.js";
import {
  childrenOf,
  enginesBelow,
  folderOf,
  instanceOf,
  isAlive,
  processesBelow,
  sharedMemory,
  until,
  workersBelow,
} from "./processes.test-helper.js";
import { createPythonEngine } from "./python-engine.js";
import type { PythonEngineOptions } from "./python-engine.js";
import { resolveTakeCover } from "./take-cover.test-helper.js";

const { OK, FAULTED } = SlotStatus;

async function open(t: TestContext, options: Partial<PythonEngineOptions> = {}): Promise<VectorEnv> {
  const env = createVectorEnv(
    await createPythonEngine({ ...resolveTakeCover(), numEnvs: 2, processes: 2, ...options }),
  );
  t.after(() => env.close());
  return env;
}

/** Digests of what slot 0 shows from its reset on: a number per step. */
async function play(env: VectorEnv, steps: number, seeds?: bigint): Promise<number[]> {
  const digest = (frame: Uint8Array) =>
    frame.reduce((sum, value, i) => (sum * 31 + value * (i + 1)) % 1e9, 7);
  const first = await env.reset({ slots: [0], ...(seeds !== undefined && { seeds }) });
  const seen = [digest(first.observations["wm64"] as Uint8Array)];
  for (let step = 0; step < steps; step++) {
    const { observations } = await env.step(Float32Array.of(Math.sin(step)), { slots: [0] });
    seen.push(digest(observations["wm64"] as Uint8Array));
  }
  return seen;
}

const idle = new Float32Array(2);

test("closing leaves no process, folder or shared memory behind", async (t) => {
  const env = await open(t);
  await env.reset();
  const processes = processesBelow();
  const folders = workersBelow().map(folderOf);
  const instances = enginesBelow().map(instanceOf);
  assert.equal(processes.length, 6);
  assert.equal(folders.length, 2);
  assert.equal(sharedMemory(instances).length, 6);
  await env.close();
  assert.deepEqual(processes.filter(isAlive), []);
  assert.deepEqual(sharedMemory(instances), []);
  await assert.rejects(readdir(folders[0]!), { code: "ENOENT" });
});

for (const [what, signal] of [
  ["dies", "SIGKILL"],
  ["hangs", "SIGSTOP"],
] as const) {
  test(`a child that ${what} faults its own slot, the other goes on, and a reset brings a new child`, async (t) => {
    const env = await open(t, { timeoutMs: 5_000 });
    await env.reset({ seeds: 1n });
    const [worker] = workersBelow();
    process.kill(worker!, signal);
    const { statuses, rewards } = await env.step(idle);
    assert.deepEqual([...statuses].sort(), [OK, FAULTED]);
    assert.deepEqual([...rewards].sort(), [0, 1]);
    assert.deepEqual([...(await env.step(idle)).statuses], [...statuses]);
    assert.deepEqual([...(await env.reset({ seeds: 1n })).statuses], [OK, OK]);
    await until("the child that was lost is still there", () => !isAlive(worker!));
    assert.equal(workersBelow().length, 2);
    assert.equal(enginesBelow().length, 2);
  });
}

test("an engine that hangs ends its child, which is replaced", async (t) => {
  const env = await open(t, { timeoutMs: 5_000 });
  await env.reset({ seeds: 1n });
  const [engine] = enginesBelow();
  process.kill(engine!, "SIGSTOP");
  assert.deepEqual([...(await env.step(idle)).statuses].sort(), [OK, FAULTED]);
  await env.reset({ seeds: 1n });
  assert.deepEqual([...(await env.step(idle)).statuses], [OK, OK]);
  await until("the engine that hung is still there", () => !isAlive(engine!));
});

test("a slot's stream goes on where it was, though its engine or its child was lost", async (t) => {
  const env = await open(t, { numEnvs: 1, processes: 1 });
  await play(env, 60, 5n);
  const expected = await play(env, 60);
  for (const victims of [enginesBelow, workersBelow]) {
    await play(env, 60, 5n);
    process.kill(victims()[0]!, "SIGKILL");
    assert.deepEqual([...(await env.step(idle.subarray(0, 1))).statuses], [FAULTED]);
    assert.deepEqual(await play(env, 60), expected);
  }
});

test("replacing children and engines between episodes changes no byte, in slots that go on either", async (t) => {
  const run = async (env: VectorEnv) => {
    const frames: number[][] = [];
    await env.reset({ seeds: 3n });
    for (let episode = 0; episode < 4; episode++) {
      for (let step = 0; step < 20; step++) {
        const { observations } = await env.step(Float32Array.of(Math.sin(step), Math.cos(step)));
        frames.push([...(observations["wm64"] as Uint8Array)]);
      }
      // Slot 1 goes on through all of them.
      await env.reset({ slots: [0] });
    }
    return frames;
  };
  const expected = await run(await open(t, { processes: 1 }));
  // By the number of episodes, and by memory: any Python has more than a byte.
  for (const recycle of [{ childEpisodes: 1 }, { childBytes: 1 }]) {
    const childrenRenewed = await open(t, { processes: 1, recycle });
    const before = workersBelow();
    assert.deepEqual(await run(childrenRenewed), expected);
    assert.ok(
      workersBelow().some((pid) => !before.includes(pid)),
      `no child was replaced by ${Object.keys(recycle)[0]}`,
    );
    await childrenRenewed.close();
  }
  const enginesRenewed = await open(t, { processes: 1, recycle: { engineEpisodes: 1 } });
  assert.deepEqual(await run(enginesRenewed), expected);
});

test("children that are lost again and again are given up, with the last one's story", async (t) => {
  const env = await open(t, { numEnvs: 1, processes: 1, maxLosses: 1 });
  await env.reset();
  process.kill(workersBelow()[0]!, "SIGKILL");
  await env.step(idle.subarray(0, 1));
  await env.reset();
  process.kill(workersBelow()[0]!, "SIGKILL");
  await assert.rejects(env.step(idle.subarray(0, 1)), {
    code: "unavailable",
    message: /2 Python children were lost without a finished episode; the last: .*exit code 137/,
  });
});

test("a parent that is killed leaves nothing behind", async () => {
  const main = fileURLToPath(new URL("lonely-parent.test-helper.ts", import.meta.url));
  const parent = spawn(process.execPath, [...process.execArgv, main], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: parent.stdout });
  for await (const line of lines) if (line === "playing") break;
  const processes = processesBelow(parent.pid);
  const folders = workersBelow(parent.pid).map(folderOf);
  const instances = enginesBelow(parent.pid).map(instanceOf);
  assert.equal(processes.length, 6);
  assert.equal(sharedMemory(instances).length, 6);
  parent.kill("SIGKILL");
  await until("a process outlived its parent", () => !processes.some(isAlive));
  assert.deepEqual(sharedMemory(instances), []);
  assert.equal(folders.length, 2);
  for (const folder of folders) await assert.rejects(readdir(folder), { code: "ENOENT" });
});

/** A program in the place of Python. */
async function fakePython(t: TestContext, script: string): Promise<PreparedPython> {
  const folder = await mkdtemp(join(tmpdir(), "fake-python-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const executable = join(folder, "python");
  await writeFile(executable, script);
  await chmod(executable, 0o755);
  return { executable, folder };
}

const strangers: readonly (readonly [what: string, script: string, message: RegExp])[] = [
  [
    "answers rubbish",
    "#!/bin/sh\nprintf 'What can I do for you?' >&4\ncat <&3 >/dev/null\n",
    /answered nonsense \(a message of \d+ bytes\)/,
  ],
  [
    "ends at once",
    "#!/bin/sh\necho 'no room' >&2\nexit 3\n",
    /ended with exit code 3; its last line of output: no room/,
  ],
  ["cannot be started", "not a program", /cannot be started|ended with exit code/],
  ["never answers", "#!/bin/sh\ncat <&3 >/dev/null\n", /gave no answer within 0\.5 s/],
];
for (const [what, script, message] of strangers) {
  test(`a child that ${what} is refused with a sentence, and ended`, async (t) => {
    const python = await fakePython(t, script);
    const opening = createPythonEngine({ ...resolveTakeCover(), numEnvs: 1, python, timeoutMs: 500 });
    await assert.rejects(opening, { name: "DomainError", code: "unavailable", message });
    // Whatever its name is, a child runs in a temporary folder of its own.
    const left = childrenOf(process.pid).filter((pid) => folderOf(pid).includes("worldmodels-python"));
    assert.deepEqual(left.filter(isAlive), []);
  });
}

test("a broken package is named, with the folder to delete", async () => {
  const python = { executable: "python3", folder: "/the/environment" };
  await assert.rejects(createPythonEngine({ ...resolveTakeCover(), numEnvs: 1, python }), {
    code: "failed-precondition",
    message:
      /the Python package \w+ cannot be imported: .*; delete the folder \/the\/environment, and it is made anew/,
  });
});

test("no room for an engine's shared memory is a sentence, before the engine starts", async (t) => {
  const real = await preparePython("vizdoom");
  const script = `#!/bin/sh
exec ${real.executable} -I -B -c '
import os, runpy, sys
class Full:
    f_bavail, f_frsize = 2, 4096
os.statvfs = lambda path: Full
runpy.run_path(sys.argv[1], run_name="__main__")' "$3"
`;
  const python = await fakePython(t, script);
  const env = await open(t, { numEnvs: 1, processes: 1, python });
  await assert.rejects(env.reset(), {
    code: "resource-exhausted",
    message:
      /\/dev\/shm has 8192 bytes free, and an engine of ViZDoom needs \d+; make it larger or use fewer slots/,
  });
  assert.deepEqual(enginesBelow(), []);
});

test("a temporary folder that cannot be made is a sentence", async (t) => {
  const { TMPDIR } = process.env;
  t.after(() => {
    if (TMPDIR === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = TMPDIR;
  });
  process.env["TMPDIR"] = "/no/such/folder";
  await assert.rejects(createPythonEngine({ ...resolveTakeCover(), numEnvs: 1 }), {
    code: "resource-exhausted",
    message: /no temporary folder for a Python child can be made in \/no\/such\/folder/,
  });
});
