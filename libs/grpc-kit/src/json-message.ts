import { nearestWord } from "@worldmodels/config";
import { DomainError } from "@worldmodels/errors";
import protobuf from "protobufjs";
import type { Enum, Field, Type } from "protobufjs";

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Bounds of whole numbers, by protobuf type. */
const WHOLE: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = Object.fromEntries(
  (["int32", "sint32", "sfixed32", "int64", "sint64", "sfixed64"] as const)
    .map((type): [string, readonly [bigint, bigint]] => {
      const half = 2n ** (type.endsWith("32") ? 31n : 63n);
      return [type, [-half, half - 1n]];
    })
    .concat(
      (["uint32", "fixed32", "uint64", "fixed64"] as const).map((type) => [
        type,
        [0n, 2n ** (type.endsWith("32") ? 32n : 64n) - 1n],
      ]),
    ),
);

/**
 * The bytes of a message that JSON describes, in protobuf's JSON mapping: `lowerCamelCase` names (the .proto's own are taken,
 * too), bytes in base64, 64-bit numbers as text, enums by name, null for absent.
 *
 * @throws DomainError `invalid-argument` naming the field, what it was given and what it takes
 */
export function encodeJson(type: Type, json: Json): Buffer {
  return Buffer.from(type.encode(messageOf(type, json, type.name)).finish());
}

/** A message as JSON, in the same mapping; what has its default is left out. */
export function decodeJson(type: Type, bytes: Uint8Array): JsonObject {
  const plain: unknown = type.toObject(type.decode(bytes), {
    longs: String,
    enums: String,
    bytes: String,
    json: true,
  });
  return camelCased(type, plain as JsonObject);
}

function messageOf(type: Type, json: Json, where: string): protobuf.Message {
  if (!isObject(json)) throw refuse(where, json, `an object of ${type.name}`);
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const field = type.fieldsArray.find((field) => name === field.name || name === camelCase(field.name));
    if (field === undefined) throw unknownField(type, name, where);
    if (value === null) continue;
    const others = field.partOf?.oneof.filter((other) => other !== field.name && other in values) ?? [];
    if (others.length > 0) {
      throw new DomainError(
        "invalid-argument",
        `${where} has both ${others.map(camelCase).join()} and ${name}; it takes one of them`,
      );
    }
    values[field.name] = fieldOf(field, value, `${where}.${name}`);
  }
  return type.create(values);
}

function fieldOf(field: Field, json: Json, where: string): unknown {
  const entry = mapEntryOf(field);
  if (entry !== undefined) {
    if (!isObject(json)) throw refuse(where, json, "an object");
    return Object.entries(json).map(([key, value]) =>
      entry.create({
        key: valueOf(fieldNamed(entry, "key"), keyOf(entry, key), `${where}'s key`),
        value: valueOf(fieldNamed(entry, "value"), value, `${where}.${key}`),
      }),
    );
  }
  if (!field.repeated) return valueOf(field, json, where);
  if (!Array.isArray(json)) throw refuse(where, json, "a list");
  return json.map((value: Json, n) => valueOf(field, value, `${where}[${n}]`));
}

function valueOf(field: Field, json: Json, where: string): unknown {
  const { resolvedType, type } = field;
  if (resolvedType instanceof protobuf.Type) return messageOf(resolvedType, json, where);
  if (resolvedType instanceof protobuf.Enum) return enumOf(resolvedType, json, where);
  if (type === "string" && typeof json === "string") return json;
  if (type === "bool" && typeof json === "boolean") return json;
  if (type === "bytes" && typeof json === "string" && /^[\w+/-]*={0,2}$/.test(json)) {
    return Buffer.from(json, "base64");
  }
  const bounds = WHOLE[type];
  if (bounds !== undefined) return wholeOf(type, bounds, json, where);
  if (type === "float" || type === "double") {
    if (typeof json === "number") return json;
    if (json === "NaN" || json === "Infinity" || json === "-Infinity") return Number(json);
  }
  throw refuse(where, json, type === "bytes" ? "bytes in base64" : `a ${type}`);
}

function wholeOf(type: string, [least, most]: readonly [bigint, bigint], json: Json, where: string): unknown {
  const text = typeof json === "number" && Number.isSafeInteger(json) ? String(json) : json;
  if (typeof text !== "string" || !/^-?\d+$/.test(text) || BigInt(text) < least || BigInt(text) > most) {
    throw refuse(where, json, `a whole number from ${least} to ${most}`);
  }
  // protobufjs takes text for 64 bits.
  return type.endsWith("32") ? Number(text) : text;
}

function enumOf(type: Enum, json: Json, where: string): number {
  if (typeof json === "number" && Number.isInteger(json)) return json;
  const value = typeof json === "string" ? type.values[json] : undefined;
  if (value === undefined) throw refuse(where, json, `one of ${Object.keys(type.values).join(", ")}`);
  return value;
}

function camelCased(type: Type, plain: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(plain).map(([name, value]) => {
      const field = fieldNamed(type, name);
      const inner = field.resolvedType;
      if (!(inner instanceof protobuf.Type)) return [camelCase(name), value];
      const each = (item: Json) => camelCased(inner, item as JsonObject);
      const all = Array.isArray(value) ? value.map(each) : each(value);
      if (mapEntryOf(field) === undefined) return [camelCase(name), all];
      const entries = all as readonly JsonObject[];
      // An entry leaves its default out, which a map's cannot.
      return [camelCase(name), Object.fromEntries(entries.map(({ key, value }) => [key ?? "", value ?? ""]))];
    }),
  );
}

/**
 * Descriptors have a map as a list of entries, and protobufjs leaves it at that. It also marks the message around an entry as one;
 * hence the look at where the type lies.
 */
function mapEntryOf({ resolvedType, repeated, parent }: Field): Type | undefined {
  const isEntry =
    resolvedType instanceof protobuf.Type &&
    resolvedType.options?.map_entry === true &&
    repeated &&
    resolvedType.parent === parent &&
    resolvedType.name.endsWith("Entry");
  return isEntry ? resolvedType : undefined;
}

function fieldNamed(type: Type, name: string): Field {
  const field = type.fields[name];
  if (field === undefined) throw new Error(`${type.name} has no field ${name}`);
  return field;
}

/** A key in JSON is always text. */
function keyOf(entry: Type, key: string): Json {
  return fieldNamed(entry, "key").type === "bool" ? key === "true" : key;
}

function unknownField(type: Type, name: string, where: string): DomainError {
  const known = type.fieldsArray.map((field) => camelCase(field.name));
  const nearest = nearestWord(name, known);
  const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  return new DomainError(
    "invalid-argument",
    `${where} has no field "${name}"${hint}; it has ${known.join(", ") || "none"}`,
  );
}

function refuse(where: string, json: Json, wanted: string): DomainError {
  const shown = JSON.stringify(json);
  const short = shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
  return new DomainError("invalid-argument", `${where} = ${short} is not ${wanted}`);
}

function isObject(json: Json): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function camelCase(name: string): string {
  return name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
