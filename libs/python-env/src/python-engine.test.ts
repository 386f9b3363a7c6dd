import { createVectorEnv } from "@worldmodels/env";
import type { VectorEnv } from "@worldmodels/env";
import { describeVectorEnv } from "@worldmodels/env/conformance";
import type { MakeOptions } from "@worldmodels/env/conformance";
import { createPythonEngine } from "./python-engine.js";
import { childrenOf, enginesBelow, folderOf } from "./processes.test-helper.js";
import { resolveTakeCover } from "./take-cover.test-helper.js";

/** The guards of each environment: what was started while it was opened. */
const guards = new WeakMap<VectorEnv, number[]>();

async function noteGuards(open: () => Promise<VectorEnv>): Promise<VectorEnv> {
  const before = new Set(childrenOf(process.pid));
  const env = await open();
  guards.set(
    env,
    childrenOf(process.pid).filter((pid) => !before.has(pid)),
  );
  return env;
}

// 46 tics pass before anything random shows, and 8 steps of 6 tics are a little more; nobody dies within them.
describeVectorEnv(
  "vizdoom:TakeCover",
  ({ numEnvs, maxEpisodeSteps, ...options }) =>
    noteGuards(async () => {
      const settings = { frame_skip: 6, ...(maxEpisodeSteps && { max_episode_steps: maxEpisodeSteps }) };
      const engine = await createPythonEngine({ ...resolveTakeCover(settings), numEnvs, processes: 2 });
      return createVectorEnv(engine, options);
    }),
  {
    stepsToDiffer: 8,
    fault: (env, slot) => {
      // Slots are dealt in turns.
      const child = guards.get(env)?.[slot % 2] ?? NaN;
      const folder = `slot-${Math.floor(slot / 2)}`;
      const engine = enginesBelow(child).find((pid) => folderOf(pid).endsWith(folder)) ?? NaN;
      process.kill(engine, "SIGKILL");
    },
  },
);

/** @param processes Python children; fewer start sooner */
function openGymnasium(id: string, processes: number) {
  return ({ numEnvs, maxEpisodeSteps = 0, ...options }: MakeOptions): Promise<VectorEnv> =>
    noteGuards(async () => {
      const engine = await createPythonEngine({
        module: "gymnasium",
        id: `gymnasium:${id}`,
        request: { id, arguments: {} },
        settings: { max_episode_steps: maxEpisodeSteps },
        numEnvs,
        processes,
      });
      return createVectorEnv(engine, options);
    });
}

describeVectorEnv("gymnasium:CartPole-v1", openGymnasium("CartPole-v1", 3), {
  // A child each, so that one can be lost.
  fault: (env, slot) => {
    const guard = guards.get(env)?.[slot] ?? NaN;
    process.kill(childrenOf(guard)[0] ?? NaN, "SIGKILL");
  },
});

describeVectorEnv("gymnasium:CarRacing-v3", openGymnasium("CarRacing-v3", 1));
