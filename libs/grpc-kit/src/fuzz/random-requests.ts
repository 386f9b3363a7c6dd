import type { Rng } from "@worldmodels/rng";
import type { Type } from "protobufjs";
import { changeOneField, pick, randomBytes, randomMessage } from "./random-message.js";

/** The bytes of a request, and how they came about. */
export interface FuzzedRequest {
  readonly kind: string;
  readonly bytes: Buffer;
}

/**
 * The next request to try: noise, a message of random values, an example with something changed, or one of these damaged.
 *
 * @param examples requests that the service takes, encoded; with them the fuzz gets past the first checks
 */
export function nextRequest(type: Type, examples: readonly Buffer[], rng: Rng): FuzzedRequest {
  const draw = rng.random();
  if (draw < 0.08) return { kind: "random bytes", bytes: randomBytes(rng.integers(200), rng) };
  if (draw < 0.12) return { kind: "no bytes", bytes: Buffer.alloc(0) };
  const whole = draw < 0.5 ? changed(type, examples, rng) : random(type, rng);
  const damage = rng.random();
  const { kind, bytes } = whole;
  if (damage < 0.15) {
    return { kind: `${kind}, cut short`, bytes: bytes.subarray(0, rng.integers(bytes.length + 1)) };
  }
  if (damage < 0.3) return { kind: `${kind}, bits flipped`, bytes: flipped(bytes, rng) };
  if (damage < 0.35) return { kind: `${kind}, twice over`, bytes: Buffer.concat([bytes, bytes]) };
  return whole;
}

function random(type: Type, rng: Rng): FuzzedRequest {
  return { kind: "random values", bytes: encode(type, randomMessage(type, rng)) };
}

function changed(type: Type, examples: readonly Buffer[], rng: Rng): FuzzedRequest {
  const example = pick(examples, rng);
  if (example === undefined) return random(type, rng);
  const message = type.decode(example) as unknown as Record<string, unknown>;
  for (let changes = 1 + rng.integers(2); changes > 0; changes--) changeOneField(type, message, rng);
  return { kind: "an example, changed", bytes: encode(type, message) };
}

function flipped(bytes: Buffer, rng: Rng): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length === 0) return copy;
  for (let flips = 1 + rng.integers(4); flips > 0; flips--) {
    const at = rng.integers(copy.length);
    copy.writeUInt8(copy.readUInt8(at) ^ (1 << rng.integers(8)), at);
  }
  return copy;
}

function encode(type: Type, values: Record<string, unknown>): Buffer {
  return Buffer.from(type.encode(values).finish());
}
