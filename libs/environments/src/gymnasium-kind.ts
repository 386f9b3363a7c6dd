import { createPythonEngine, gymnasiumSettings } from "@worldmodels/python-env";
import type { EnvKind } from "./env-kind.js";

/** Any environment of Gymnasium, in Python children. */
export const gymnasiumKind: EnvKind = {
  scheme: "gymnasium",
  id: "gymnasium:ID",
  doc:
    "Any environment of Gymnasium with Box, Discrete or MultiBinary actions, e.g. gymnasium:CartPole-v1; other settings " +
    "go to the environment itself; in a Python child",
  settings: gymnasiumSettings,
  takesOtherSettings: true,
  actionBounds: "refuse",
  createEngine: ({ id, settings, numEnvs, processes }) => {
    const { max_episode_steps, ...others } = settings;
    return createPythonEngine({
      module: "gymnasium",
      id: `gymnasium:${id}`,
      request: { id, arguments: others, settings: { max_episode_steps } },
      settings,
      numEnvs,
      processes,
    });
  },
};
