import { createHash } from "node:crypto";

/** Anything that JSON can say. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type JsonObject = Readonly<Record<string, JsonValue>>;

/**
 * JSON with sorted keys and no spaces: equal values give equal text, whatever order they were built in.
 * Keys that are undefined are left out, as JSON does.
 */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "number" && !Number.isFinite(part)) {
      throw new RangeError(`JSON has no ${part}; store it as text or leave it out`);
    }
    return isPlainObject(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  });
}

/** SHA-256 of the canonical JSON of `value`, 64 hex digits. */
export function digestJson(value: JsonValue): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** Whether `value` is an object with keys: neither null nor an array. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
