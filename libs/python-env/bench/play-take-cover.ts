// TakeCover through the bridge for so many seconds; by itself it is one of several processes that play side by side:
//   play-take-cover.ts SLOTS SECONDS SCREEN SEED      waits for a line on standard input, prints tics per second
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createVectorEnv } from "@worldmodels/env";
import { createPythonEngine, VIZDOOM_SCENARIOS } from "@worldmodels/python-env";

export interface Play {
  readonly numEnvs: number;
  readonly seconds: number;
  /** Width by height, e.g. `160x120`. */
  readonly screen: string;
  readonly seed: bigint;
  /** Python children; default: one per core, and never more than slots. */
  readonly processes?: number;
  /** Resolved when everybody is ready; default: at once. */
  readonly ready?: () => Promise<unknown>;
}

/** @returns tics per second of all slots together, with a fresh action for each */
export async function playTakeCover({
  numEnvs,
  seconds,
  screen,
  seed,
  processes,
  ready,
}: Play): Promise<number> {
  const engine = await createPythonEngine({
    module: "vizdoom",
    id: "vizdoom:TakeCover",
    request: { scenario: "TakeCover", configFile: VIZDOOM_SCENARIOS["TakeCover"] },
    settings: { skill: 4, screen, hud: true, max_episode_steps: 2100, frame_skip: 1 },
    numEnvs,
    processes,
  });
  const env = createVectorEnv(engine, { seeds: seed });
  await env.reset();
  await ready?.();
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [slots, seconds, screen = "", seed = ""] = process.argv.slice(2);
  const ready = () => {
    console.log("ready");
    return once(process.stdin, "data");
  };
  const play = {
    numEnvs: Number(slots),
    seconds: Number(seconds),
    screen,
    seed: BigInt(seed),
    processes: 1,
    ready,
  };
  console.log(await playTakeCover(play));
  process.exit();
}
