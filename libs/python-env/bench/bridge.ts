// What the bridge costs: TakeCover at 64x64 through Python children, and through ViZDoom's Python API alone with the same
// settings and resize, in turns: `free` processes that wait for nobody, and a `lockstep` of processes as in a vector environment. Best on an idle machine:
//   node -C @worldmodels/source --import tsx bench/bridge.ts [--slots 2] [--screen 160x120] [--seconds 4] [--rounds 7] [--json]
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { createVectorEnv } from "@worldmodels/env";
import { createPythonEngine, preparePython, VIZDOOM_SCENARIOS } from "@worldmodels/python-env";

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
const { executable } = await preparePython("vizdoom");

/** Tics per second of all slots together. */
async function throughBridge(round: number): Promise<number> {
  const settings = { skill: 4, screen: values.screen, hud: true, max_episode_steps: 2100, frame_skip: 1 };
  const request = { scenario: "TakeCover", configFile: VIZDOOM_SCENARIOS["TakeCover"] };
  const engine = await createPythonEngine({
    module: "vizdoom",
    id: "vizdoom:TakeCover",
    request,
    settings,
    numEnvs,
  });
  const env = createVectorEnv(engine, { seeds: BigInt(1000 * round) });
  await env.reset();
  const actions = new Float32Array(numEnvs);
  let steps = 0;
  const start = performance.now();
  while (performance.now() - start < 1000 * seconds) {
    actions.forEach((_, slot) => (actions[slot] = 2 * Math.random() - 1));
    const { endedEpisodes } = await env.step(actions);
    steps += numEnvs;
    if (endedEpisodes.length > 0) await env.reset({ slots: endedEpisodes.map(({ slot }) => slot) });
  }
  const speed = (1000 * steps) / (performance.now() - start);
  await env.close();
  return speed;
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
const speeds = { bridge: [] as number[], free: [] as number[], lockstep: [] as number[] };
for (let round = 0; round < rounds; round++) {
  speeds.bridge.push(await throughBridge(round));
  speeds.free.push(await pythonAlone("free"));
  speeds.lockstep.push(await pythonAlone("lockstep"));
}
// Of each round by itself: other work on the machine disturbs neighbours alike.
const ratioTo = (mode: "free" | "lockstep"): number =>
  median(speeds.bridge.map((speed, round) => speed / (speeds[mode][round] ?? NaN)));
const figures = {
  slots: numEnvs,
  screen: values.screen,
  bridge: median(speeds.bridge),
  free: median(speeds.free),
  lockstep: median(speeds.lockstep),
  ratioToFree: ratioTo("free"),
  ratioToLockstep: ratioTo("lockstep"),
};
if (values.json) console.log(JSON.stringify({ ...figures, rounds: speeds }));
else {
  console.log(
    `${numEnvs} slots at ${values.screen}, tics/s at the median of ${rounds} rounds: bridge ${Math.round(figures.bridge)}; ` +
      `Python alone, free ${Math.round(figures.free)} (ratio ${figures.ratioToFree.toFixed(2)}), ` +
      `in lockstep ${Math.round(figures.lockstep)} (ratio ${figures.ratioToLockstep.toFixed(2)})`,
  );
}
