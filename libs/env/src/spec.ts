/** What an environment says about itself before anybody steps it. Contract: docs/vector-env.md. */
export interface EnvSpec {
  /** As it is asked for in a URI, e.g. `CarRacing-v3`. */
  readonly id: string;
  /** REAL: a simulator or game. DREAM: a learned model of one. */
  readonly kind: "REAL" | "DREAM";
  /** What it was made of, name to version or digest: engines for a real one, models for a dream. */
  readonly versions: Readonly<Record<string, string>>;
  readonly action: ActionSpec;
  /** Everything this environment can show, by name; a caller chooses among them. */
  readonly observations: Readonly<Record<string, ObservationSpec>>;
  /** The observations given when the caller names none. */
  readonly defaultObservations: readonly string[];
  /** Least and greatest reward of one step; ±Infinity where unknown. */
  readonly rewardRange: readonly [number, number];
  /** Steps after which an episode is truncated, or null for no limit. */
  readonly maxEpisodeSteps: number | null;
  /** Simulated seconds that one step lasts. */
  readonly tickSeconds: number;
  /** Native width and height of `render`, pixels. */
  readonly renderSize: readonly [number, number];
  /** BITWISE: same seed and actions, same bytes on any machine of this build; TOLERANCE: to rounding; STATISTICAL: alike on average. */
  readonly determinism: "BITWISE" | "TOLERANCE" | "STATISTICAL";
  /** EXACT: a restored slot has the same future, byte for byte; REPLAY: by replaying seed and actions; NONE. */
  readonly snapshots: "EXACT" | "REPLAY" | "NONE";
  /** Most slots that one VectorEnv of this kind can have. */
  readonly maxNumEnvs: number;
  /** The settings in force, by name, as they may be given in the URI's query. */
  readonly settings: Readonly<Record<string, SettingValue>>;
}

export type SettingValue = string | number | boolean;

/** BOX: float32 numbers, each within its bounds. DISCRETE: one integer, 0 to `count - 1`. */
export type ActionSpec =
  | {
      readonly type: "BOX";
      /** Numbers per action. */
      readonly size: number;
      readonly low: readonly number[];
      readonly high: readonly number[];
      /** What each number is, e.g. `["steer", "gas", "brake"]`. */
      readonly names: readonly string[];
    }
  | { readonly type: "DISCRETE"; readonly count: number; readonly names: readonly string[] };

export type Dtype = "uint8" | "float32" | "float64";

export interface ObservationSpec {
  readonly dtype: Dtype;
  /** Shape of one slot's observation; batches put the slot axis in front. */
  readonly shape: readonly number[];
  /** Bounds that hold for every element, where known. */
  readonly low: number;
  readonly high: number;
  readonly meaning: "IMAGE_HWC_RGB" | "LATENT" | "FEATURES" | "STATE" | "SCALAR";
  /** One name per element for FEATURES and STATE, where they have names. */
  readonly names?: readonly string[];
}

/** Numbers in one action of this spec: a discrete action is one number. */
export function actionSize(action: ActionSpec): number {
  return action.type === "BOX" ? action.size : 1;
}
