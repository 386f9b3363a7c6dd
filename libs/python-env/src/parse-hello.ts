import type { ActionSpec, Dtype, EnvSpec, ObservationSpec } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import type { ErrorCode } from "@worldmodels/errors";
import { PROTOCOL } from "./wire.js";

/** What a module says of its environment; the rest of the spec is known on this side. */
export type ModuleSpec = Pick<
  EnvSpec,
  | "action"
  | "observations"
  | "defaultObservations"
  | "rewardRange"
  | "maxEpisodeSteps"
  | "tickSeconds"
  | "renderSize"
  | "determinism"
>;

/** A child's first reply. */
export interface Hello {
  /** Of the process that runs the environments. */
  readonly pid: number;
  /** Of Python and its packages. */
  readonly versions: Readonly<Record<string, string>>;
  readonly spec: ModuleSpec;
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws DomainError `unavailable` for a child that speaks another version, or nonsense */
export function parseHello(body: Buffer): Hello {
  const hello = fieldsOf(parseJson(body));
  if (hello["protocol"] !== PROTOCOL) {
    throw nonsense(`it speaks version ${String(hello["protocol"])} of the protocol, and this is ${PROTOCOL}`);
  }
  const spec = fieldsOf(hello["spec"]);
  const [low, high] = listOf(spec["rewardRange"], (each) => each);
  const [width = 0, height = 0] = listOf(spec["renderSize"], numberOf);
  return {
    pid: numberOf(hello["pid"]),
    versions: recordOf(hello["versions"], textOf),
    spec: {
      action: actionOf(fieldsOf(spec["action"])),
      observations: recordOf(spec["observations"], (each) => observationOf(fieldsOf(each))),
      defaultObservations: listOf(spec["defaultObservations"], textOf),
      rewardRange: [boundOf(low, -Infinity), boundOf(high, Infinity)],
      maxEpisodeSteps: spec["maxEpisodeSteps"] === null ? null : numberOf(spec["maxEpisodeSteps"]),
      tickSeconds: numberOf(spec["tickSeconds"]),
      renderSize: [width, height],
      determinism: spec["determinism"] === "BITWISE" ? "BITWISE" : "STATISTICAL",
    },
  };
}

/** The code and sentence of a child's refusal; `bug` for what is nobody's request's fault. */
export function parseFailure(body: Buffer): { code: ErrorCode | "bug"; message: string } {
  const { code, message } = fieldsOf(parseJson(body));
  const known = (
    [
      "invalid-argument",
      "not-found",
      "failed-precondition",
      "resource-exhausted",
      "unavailable",
      "unimplemented",
    ] as const
  ).find((each) => each === code);
  return { code: known ?? "bug", message: String(message) };
}

function actionOf(action: Fields): ActionSpec {
  const names = listOf(action["names"], textOf);
  if (action["type"] === "DISCRETE") return { type: "DISCRETE", count: numberOf(action["count"]), names };
  return {
    type: "BOX",
    size: numberOf(action["size"]),
    low: listOf(action["low"], (each) => boundOf(each, -Infinity)),
    high: listOf(action["high"], (each) => boundOf(each, Infinity)),
    names,
  };
}

function observationOf(observation: Fields): ObservationSpec {
  const dtype = (["uint8", "float32", "float64"] as const).find(
    (each: Dtype) => each === observation["dtype"],
  );
  if (dtype === undefined) throw nonsense(`an observation has dtype ${String(observation["dtype"])}`);
  return {
    dtype,
    shape: listOf(observation["shape"], numberOf),
    low: boundOf(observation["low"], -Infinity),
    high: boundOf(observation["high"], Infinity),
    meaning: observation["meaning"] === "IMAGE_HWC_RGB" ? "IMAGE_HWC_RGB" : "STATE",
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw nonsense("it is no JSON");
  }
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === "object" && value !== null) return value as Fields;
  throw nonsense(`${JSON.stringify(value)} where an object was expected`);
}

function listOf<T>(value: unknown, parse: (each: unknown) => T): T[] {
  if (Array.isArray(value)) return value.map(parse);
  throw nonsense(`${JSON.stringify(value)} where a list was expected`);
}

function recordOf<T>(value: unknown, parse: (each: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([name, each]) => [name, parse(each)]));
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  throw nonsense(`${JSON.stringify(value)} where a number was expected`);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw nonsense(`${JSON.stringify(value)} where text was expected`);
}

/** JSON has no infinity: null stands for a bound that there is not. */
function boundOf(value: unknown, unbounded: number): number {
  return value === null ? unbounded : numberOf(value);
}

function nonsense(why: string): DomainError {
  return new DomainError("unavailable", `a Python child answered nonsense: ${why}`);
}
