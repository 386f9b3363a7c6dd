import type { ActionSpec, EnvSpec, ObservationSpec } from "@worldmodels/env";
import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";
import type { DreamRules } from "./recorded-env.js";

/** What a dream's spec is made of. */
export interface DreamFacts {
  readonly id: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly action: ActionSpec;
  readonly config: MdnRnnConfig;
  readonly rules: DreamRules;
  readonly hasDecoder: boolean;
  readonly tickSeconds: number;
  readonly determinism: EnvSpec["determinism"];
}

/** Most slots of one dream; beyond it M's state would be better spread over processes. */
export const MAX_DREAMS = 4096;

/** Side of the decoded picture, pixels. */
export const PICTURE_SIDE = 64;

/**
 * Observations: `z`; `hidden` and `cell`, M's h and c after all steps so far; `features`, z and h one after the
 * other, as the paper's controller sees them; `wm64`, where there is a decoder.
 */
export function dreamSpec(facts: DreamFacts): EnvSpec {
  const { config, rules, hasDecoder } = facts;
  const { constantReward: reward } = rules;
  const floats = (size: number, meaning: ObservationSpec["meaning"]): ObservationSpec => ({
    dtype: "float32",
    shape: [size],
    low: -Infinity,
    high: Infinity,
    meaning,
  });
  const bounded = { ...floats(config.hidden, "FEATURES"), low: -1, high: 1 };
  const picture: ObservationSpec = {
    dtype: "uint8",
    shape: [PICTURE_SIDE, PICTURE_SIDE, 3],
    low: 0,
    high: 255,
    meaning: "IMAGE_HWC_RGB",
  };
  return {
    id: facts.id,
    kind: "DREAM",
    versions: facts.versions,
    action: facts.action,
    observations: {
      z: floats(config.latentDim, "LATENT"),
      hidden: bounded,
      cell: floats(config.hidden, "FEATURES"),
      features: floats(config.latentDim + config.hidden, "FEATURES"),
      ...(hasDecoder && { wm64: picture }),
    },
    defaultObservations: ["z"],
    rewardRange: reward === undefined ? [-Infinity, Infinity] : [reward, reward],
    maxEpisodeSteps: rules.maxEpisodeSteps,
    tickSeconds: facts.tickSeconds,
    renderSize: hasDecoder ? [PICTURE_SIDE, PICTURE_SIDE] : [0, 0],
    determinism: facts.determinism,
    snapshots: "EXACT",
    maxNumEnvs: MAX_DREAMS,
    settings: { ...rules.settings },
  };
}
