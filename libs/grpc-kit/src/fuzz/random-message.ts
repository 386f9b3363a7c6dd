import type { Rng } from "@worldmodels/rng";
import protobuf from "protobufjs";
import type { Field, Type } from "protobufjs";

/** Deep enough for every contract; those that nest without end stop here. */
const DEEPEST = 5;

const DOUBLES = [0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity, 1e308, -1e308, 3e38, 5e-324, 1e9];
const SMALL = [0, 1, 2, 3, 7, 16, 63, 64, 65, 1000, 1024, 1025];
const INT32 = [...SMALL, -1, -2, 2 ** 31 - 1, -(2 ** 31)];
const UINT32 = [...SMALL, 2 ** 31, 2 ** 32 - 1];
const INT64 = ["0", "1", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808"];
const UINT64 = ["0", "1", "7", "9007199254740993", "18446744073709551615"];
const TEXTS = [
  "",
  "a",
  "0123456789abcdef".repeat(4),
  "../../../etc/passwd",
  "/dev/zero",
  "a\0b",
  "a\nb",
  "💥\u202e",
  "__proto__",
  "constructor",
  "NaN",
  "1e999",
  "-1",
  "{}",
  "CarRacing-v3",
  "train-vae",
  "x".repeat(20_000),
];
const LENGTHS = [0, 1, 3, 4, 7, 8, 12, 31, 64, 128, 1000, 12_288, 12_289];
const SHAPES = [
  [],
  [1],
  [3],
  [1, 3],
  [1, 32],
  [2, 32],
  [1, 256],
  [1, 64, 64, 3],
  [2, 64, 64, 3],
  [1, 1, 1, 1],
];

type Values = Record<string, unknown>;

/** The values of a random message: any field may be absent, and nothing in it need make sense. */
export function randomMessage(type: Type, rng: Rng, depth = 0): Values {
  if (type.fullName === ".worldmodels.tensor.v1.Tensor" && rng.random() < 0.7) return randomTensor(rng);
  const values: Values = {};
  for (const field of type.fieldsArray) {
    // Of a oneof's cases the last would win on the wire: as good a choice as any.
    const chance = field.partOf === null ? 0.75 : 1 / field.partOf.oneof.length;
    if (rng.random() < chance) values[field.name] = randomField(field, rng, depth);
  }
  return values;
}

/** Changes one field of a message, at any depth, and leaves the rest as it was. */
export function changeOneField(type: Type, message: Values, rng: Rng): void {
  const field = pick(type.fieldsArray, rng);
  if (field === undefined) return;
  const inner = field.resolvedType;
  const present = field.repeated ? (message[field.name] as unknown[] | undefined)?.[0] : message[field.name];
  if (inner instanceof protobuf.Type && present && rng.random() < 0.7) {
    changeOneField(inner, present as Values, rng);
  } else if (rng.random() < 0.15) Reflect.deleteProperty(message, field.name);
  else message[field.name] = randomField(field, rng, 0);
}

/** As many random bytes. */
export function randomBytes(length: number, rng: Rng): Buffer {
  return Buffer.from(Array.from({ length }, () => rng.integers(256)));
}

/** One of them; undefined where there is none. */
export function pick<T>(values: readonly T[], rng: Rng): T | undefined {
  return values.length === 0 ? undefined : values[rng.integers(values.length)];
}

function randomField(field: Field, rng: Rng, depth: number): unknown {
  if (!field.repeated) return randomValue(field, rng, depth);
  const isMessage = field.resolvedType instanceof protobuf.Type;
  const length =
    isMessage && depth >= DEEPEST ? 0 : (pick(isMessage ? [0, 1, 2, 3] : [0, 1, 2, 5, 300], rng) ?? 0);
  return Array.from({ length }, () => randomValue(field, rng, depth));
}

function randomValue({ resolvedType, type }: Field, rng: Rng, depth: number): unknown {
  if (resolvedType instanceof protobuf.Type) {
    return depth >= DEEPEST ? {} : randomMessage(resolvedType, rng, depth + 1);
  }
  if (resolvedType instanceof protobuf.Enum)
    return pick([...Object.values(resolvedType.values), -1, 99], rng);
  if (type === "string") return pick(TEXTS, rng);
  if (type === "bytes") return randomBytes(pick(LENGTHS, rng) ?? 0, rng);
  if (type === "bool") return rng.random() < 0.5;
  if (type === "float" || type === "double") return pick(DOUBLES, rng);
  const isUnsigned = type.startsWith("u") || type.startsWith("f");
  if (type.endsWith("64")) return pick(isUnsigned ? UINT64 : INT64, rng);
  return pick(isUnsigned ? UINT32 : INT32, rng);
}

/** A tensor whose bytes fit its shape: what gets past the first check. */
function randomTensor(rng: Rng): Values {
  const dtype = 1 + rng.integers(3);
  const shape = pick(SHAPES, rng) ?? [];
  const elements = shape.reduce((product, size) => product * size, 1);
  const data = randomBytes(elements * ([1, 4, 8][dtype - 1] ?? 1), rng);
  // Random bits are no numbers one would meet: half of the time the elements are small and finite.
  if (dtype === 2 && rng.random() < 0.5) {
    for (let n = 0; n < elements; n++) data.writeFloatLE(rng.uniform(-2, 2), 4 * n);
  }
  return { dtype, shape, data };
}
