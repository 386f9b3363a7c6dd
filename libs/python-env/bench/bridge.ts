// What the bridge costs: TakeCover at 64x64 through Python children, and through ViZDoom's Python API alone with the same
// settings and resize, in turns. Each in two ways: `workers` and `free` are processes that do not wait for each other, `bridge` and
// `lockstep` one process that has every slot's frame before it gives the next actions. Best on an idle machine:
//   node -C @worldmodels/source --import tsx bench/bridge.ts [--slots 2] [--screen 160x120] [--seconds 4] [--rounds 7] [--json]
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { preparePython } from "@worldmodels/python-env";
import { playTakeCover } from "./play-take-cover.js";

const { values } = parseArgs({
  options: {
    slots: { type: "string", default: "2" },
    screen: { type: "string", default: "160x120" },
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "7" },
    json: { type: "boolean", default: false },
  },
});
const [numEnvs, seconds, rounds] = [values.slots, values.seconds, values.rounds].map(Number) as [
  number,
  number,
  number,
];
const PLAYER = fileURLToPath(new URL("play-take-cover.ts", import.meta.url));
const { executable } = await preparePython("vizdoom");

const screen = values.screen;
const together = (round: number): Promise<number> =>
  playTakeCover({ numEnvs, seconds, screen, seed: BigInt(1000 * round) });

/** As rollouts are done: processes that do not wait for each other, one per core and never more than slots. */
async function inWorkers(round: number): Promise<number> {
  const count = Math.min(numEnvs, availableParallelism());
  const workers = Array.from({ length: count }, (_, index) => {
    const slots = Math.ceil((numEnvs - index) / count);
    const seed = 1000 * round + 100 * index;
    const args = [slots, seconds, screen, seed].map(String);
    const child = spawn(process.execPath, [...process.execArgv, PLAYER, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
  });
  await Promise.all(workers.map(({ lines }) => lines.next()));
  for (const { child } of workers) child.stdin.write("go\n");
  const speeds = await Promise.all(workers.map(async ({ lines }) => Number((await lines.next()).value)));
  return speeds.reduce((sum, speed) => sum + speed, 0);
}

async function pythonAlone(mode: "free" | "lockstep"): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "python-alone-"));
  try {
    const script = fileURLToPath(new URL("python-alone.py", import.meta.url));
    const { stdout } = await promisify(execFile)(
      executable,
      ["-B", script, mode, String(numEnvs), String(seconds), values.screen],
      { cwd: folder, env: { ...process.env, OPENBLAS_NUM_THREADS: "1" }, timeout: 1000 * (seconds + 60) },
    );
    return Number(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;
const speeds = {
  workers: [] as number[],
  free: [] as number[],
  bridge: [] as number[],
  lockstep: [] as number[],
};
for (let round = 0; round < rounds; round++) {
  speeds.workers.push(await inWorkers(round));
  speeds.free.push(await pythonAlone("free"));
  speeds.bridge.push(await together(round));
  speeds.lockstep.push(await pythonAlone("lockstep"));
}
/** Of each round by itself: other work on the machine disturbs neighbours alike. */
const ratio = (mine: readonly number[], others: readonly number[]): number =>
  median(mine.map((speed, round) => speed / (others[round] ?? NaN)));
const medians = Object.fromEntries(Object.entries(speeds).map(([name, all]) => [name, median(all)]));
const ratios = {
  workersToFree: ratio(speeds.workers, speeds.free),
  bridgeToFree: ratio(speeds.bridge, speeds.free),
  bridgeToLockstep: ratio(speeds.bridge, speeds.lockstep),
};
if (values.json)
  console.log(JSON.stringify({ slots: numEnvs, screen, ...medians, ...ratios, rounds: speeds }));
else {
  console.log(`${numEnvs} slots at ${screen}, medians of ${rounds} rounds, tics/s:`);
  for (const [name, speed] of Object.entries(medians))
    console.log(`  ${name.padEnd(10)} ${Math.round(speed)}`);
  for (const [name, value] of Object.entries(ratios)) console.log(`  ${name.padEnd(18)} ${value.toFixed(2)}`);
}
