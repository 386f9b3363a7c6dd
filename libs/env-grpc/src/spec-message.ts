import { specComplaints } from "@worldmodels/env";
import type { ActionSpec, Dtype, EnvSpec, ObservationSpec, SettingValue } from "@worldmodels/env";
import { Determinism, EnvKind, Meaning, SnapshotClass } from "@worldmodels/proto/env";
import type {
  ActionSpec as ActionMessage,
  EnvSpec as SpecMessage,
  ObservationSpec as ObservationMessage,
  SettingValue as SettingMessage,
} from "@worldmodels/proto/env";
import { Dtype as DtypeMessage } from "@worldmodels/proto/tensor";
import { ALL_AUTORESET_MODES } from "./modes.js";

const DTYPES: Readonly<Record<Dtype, DtypeMessage>> = {
  uint8: DtypeMessage.DTYPE_UINT8,
  float32: DtypeMessage.DTYPE_FLOAT32,
  float64: DtypeMessage.DTYPE_FLOAT64,
};
const KINDS: Readonly<Record<EnvSpec["kind"], EnvKind>> = {
  REAL: EnvKind.ENV_KIND_REAL,
  DREAM: EnvKind.ENV_KIND_DREAM,
};
const DETERMINISM: Readonly<Record<EnvSpec["determinism"], Determinism>> = {
  BITWISE: Determinism.DETERMINISM_BITWISE,
  TOLERANCE: Determinism.DETERMINISM_TOLERANCE,
  STATISTICAL: Determinism.DETERMINISM_STATISTICAL,
};
const SNAPSHOTS: Readonly<Record<EnvSpec["snapshots"], SnapshotClass>> = {
  EXACT: SnapshotClass.SNAPSHOT_CLASS_EXACT,
  REPLAY: SnapshotClass.SNAPSHOT_CLASS_REPLAY,
  NONE: SnapshotClass.SNAPSHOT_CLASS_NONE,
};
const MEANINGS: Readonly<Record<ObservationSpec["meaning"], Meaning>> = {
  IMAGE_HWC_RGB: Meaning.MEANING_IMAGE_HWC_RGB,
  LATENT: Meaning.MEANING_LATENT,
  FEATURES: Meaning.MEANING_FEATURES,
  STATE: Meaning.MEANING_STATE,
  SCALAR: Meaning.MEANING_SCALAR,
};

export function specToMessage(spec: EnvSpec): SpecMessage {
  return {
    envId: spec.id,
    kind: KINDS[spec.kind],
    versions: { ...spec.versions },
    action: actionToMessage(spec.action),
    observations: mapValues(spec.observations, observationToMessage),
    defaultObservations: [...spec.defaultObservations],
    rewardLow: spec.rewardRange[0],
    rewardHigh: spec.rewardRange[1],
    maxEpisodeSteps: spec.maxEpisodeSteps ?? undefined,
    tickSeconds: spec.tickSeconds,
    renderWidth: spec.renderSize[0],
    renderHeight: spec.renderSize[1],
    determinism: DETERMINISM[spec.determinism],
    snapshots: SNAPSHOTS[spec.snapshots],
    maxNumEnvs: spec.maxNumEnvs,
    settings: mapValues(spec.settings, settingToMessage),
    autoresetModes: [...ALL_AUTORESET_MODES],
  };
}

/** @throws Error, one sentence, where the message describes no environment that this version knows */
export function readSpec(message: SpecMessage): EnvSpec {
  const spec: EnvSpec = {
    id: message.envId,
    kind: keyOf(KINDS, message.kind, "kind"),
    versions: message.versions,
    action: readAction(message.action),
    observations: mapValues(message.observations, readObservationSpec),
    defaultObservations: message.defaultObservations,
    rewardRange: [message.rewardLow, message.rewardHigh],
    maxEpisodeSteps: message.maxEpisodeSteps ?? null,
    tickSeconds: message.tickSeconds,
    renderSize: [message.renderWidth, message.renderHeight],
    determinism: keyOf(DETERMINISM, message.determinism, "determinism"),
    snapshots: keyOf(SNAPSHOTS, message.snapshots, "snapshots"),
    maxNumEnvs: message.maxNumEnvs,
    settings: mapValues(message.settings, readSetting),
  };
  const complaints = specComplaints(spec);
  if (complaints.length > 0) throw new Error(`its spec is wrong: ${complaints.join("; ")}`);
  return spec;
}

function actionToMessage(action: ActionSpec): ActionMessage {
  if (action.type === "DISCRETE") {
    return { action: { $case: "discrete", value: { count: action.count, names: [...action.names] } } };
  }
  const [low, high, names] = [[...action.low], [...action.high], [...action.names]];
  return { action: { $case: "box", value: { low, high, names } } };
}

function readAction(message: ActionMessage | undefined): ActionSpec {
  const action = message?.action;
  if (action === undefined) throw new Error("its spec has no action");
  if (action.$case === "discrete") return { type: "DISCRETE", ...action.value };
  return { type: "BOX", size: action.value.low.length, ...action.value };
}

function observationToMessage(spec: ObservationSpec): ObservationMessage {
  return {
    dtype: DTYPES[spec.dtype],
    shape: [...spec.shape],
    low: spec.low,
    high: spec.high,
    meaning: MEANINGS[spec.meaning],
    names: [...(spec.names ?? [])],
  };
}

function readObservationSpec(message: ObservationMessage): ObservationSpec {
  return {
    dtype: keyOf(DTYPES, message.dtype, "dtype of an observation"),
    shape: message.shape,
    low: message.low,
    high: message.high,
    meaning: keyOf(MEANINGS, message.meaning, "meaning of an observation"),
    ...(message.names.length > 0 && { names: message.names }),
  };
}

function settingToMessage(value: SettingValue): SettingMessage {
  if (typeof value === "string") return { value: { $case: "text", value } };
  if (typeof value === "number") return { value: { $case: "number", value } };
  return { value: { $case: "flag", value } };
}

function readSetting({ value }: SettingMessage): SettingValue {
  if (value === undefined) throw new Error("a setting of its spec has no value");
  return value.value;
}

function keyOf<K extends string>(table: Readonly<Record<K, number>>, value: number, what: string): K {
  const found = Object.entries<number>(table).find(([, number]) => number === value);
  if (found === undefined) throw new Error(`the ${what} in its spec is ${value}, which is unknown here`);
  return found[0] as K;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
