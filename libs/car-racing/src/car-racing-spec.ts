import type { ActionSpec, EnvSpec, ObservationSpec } from "@worldmodels/env";
import { STEPS_PER_SECOND } from "./constants.js";
import { STATE_NAMES } from "./state-observation.js";
import type { CarRacingSettings } from "./settings.js";

/**
 * `CarRacing-v3`: Gymnasium 1.4.0's. `CarRacing-v0`: the one of World Models, whose camera looks along the
 * velocity and whose lap ends only when every tile has been touched.
 */
export const CAR_RACING_IDS = ["CarRacing-v3", "CarRacing-v0"] as const;
export type CarRacingId = (typeof CAR_RACING_IDS)[number];

/** Each slot has a Box2D instance of about 3 MB; beyond this, use more processes, which also brings more cores. */
const MAX_NUM_ENVS = 256;

const CONTINUOUS: ActionSpec = {
  type: "BOX",
  size: 3,
  low: [-1, 0, 0],
  high: [1, 1, 1],
  names: ["steer", "gas", "brake"],
};
const DISCRETE: ActionSpec = {
  type: "DISCRETE",
  count: 5,
  names: ["nothing", "right", "left", "gas", "brake"],
};

/** What CarRacing says about itself with these settings. */
export function createCarRacingSpec(
  id: CarRacingId,
  settings: CarRacingSettings,
  box2dVersion: string,
): EnvSpec {
  return {
    id,
    kind: "REAL",
    versions: { "car-racing": "1", gymnasium: "1.4.0", box2d: box2dVersion },
    action: settings.continuous ? CONTINUOUS : DISCRETE,
    observations: {
      rgb96: imageSpec(96),
      wm64: imageSpec(64),
      state: {
        dtype: "float64",
        shape: [STATE_NAMES.length],
        low: -Infinity,
        high: Infinity,
        meaning: "STATE",
        names: STATE_NAMES,
      },
    },
    defaultObservations: ["wm64"],
    // A step can touch many tiles at once, but never more than all: 1000 points.
    rewardRange: [-100, 1000],
    maxEpisodeSteps: settings.max_episode_steps,
    tickSeconds: 1 / STEPS_PER_SECOND,
    renderSize: [settings.render_width, settings.render_height],
    determinism: "BITWISE",
    snapshots: "EXACT",
    maxNumEnvs: MAX_NUM_ENVS,
    settings,
  };
}

function imageSpec(side: number): ObservationSpec {
  return { dtype: "uint8", shape: [side, side, 3], low: 0, high: 255, meaning: "IMAGE_HWC_RGB" };
}
