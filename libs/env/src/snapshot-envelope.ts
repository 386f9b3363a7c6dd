import { DomainError } from "@worldmodels/errors";
import { crc32 } from "./crc32.js";
import { SlotPhase } from "./slot-table.js";
import type { SlotRecord } from "./slot-table.js";
import type { EnvSpec } from "./spec.js";

/** A slot's state as it travels: the engine's bytes, and what the VectorEnv above it knows. */
export interface Snapshot {
  readonly record: SlotRecord;
  readonly state: Uint8Array;
}

const MAGIC = 0x4e534d57; // "WMSN" read as a little-endian uint32
const VERSION = 1;
const FIXED_BYTES = 48;
const CHECKSUM_BYTES = 4;

/*
 * Layout, little-endian: magic u32, version u32, origin length u32, state length u32, phase u8, has-seed u8,
 * 2 bytes of zero, episode u32, step u32, 4 bytes of zero, return f64, seed u64; then the origin (UTF-8), the
 * state, and the CRC-32 of all before it.
 */

/** Packs a slot's state; the result is the caller's. */
export function packSnapshot(spec: EnvSpec, { record, state }: Snapshot): Uint8Array {
  const origin = new TextEncoder().encode(describeBuild(spec));
  const bytes = new Uint8Array(FIXED_BYTES + origin.length + state.length + CHECKSUM_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, origin.length, true);
  view.setUint32(12, state.length, true);
  view.setUint8(16, record.phase);
  view.setUint8(17, record.seed === undefined ? 0 : 1);
  view.setUint32(20, record.episodeNumber, true);
  view.setUint32(24, record.stepNumber, true);
  view.setFloat64(32, record.return, true);
  view.setBigUint64(40, record.seed ?? 0n, true);
  bytes.set(origin, FIXED_BYTES);
  bytes.set(state, FIXED_BYTES + origin.length);
  const end = bytes.length - CHECKSUM_BYTES;
  view.setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/**
 * Opens a snapshot made by `packSnapshot`; the state is a view of `bytes`.
 *
 * @throws DomainError `invalid-argument` for bytes that are damaged or no snapshot at all, `failed-precondition`
 * for a good snapshot of another environment, build or settings
 */
export function unpackSnapshot(spec: EnvSpec, bytes: Uint8Array, what: string): Snapshot {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FIXED_BYTES + CHECKSUM_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw new DomainError("invalid-argument", `restore: ${what} is not a snapshot (${bytes.length} bytes)`);
  }
  const version = view.getUint32(4, true);
  const originEnd = FIXED_BYTES + view.getUint32(8, true);
  const stateEnd = originEnd + view.getUint32(12, true);
  const whole = stateEnd + CHECKSUM_BYTES === bytes.length;
  if (!whole || view.getUint32(stateEnd, true) !== crc32(bytes.subarray(0, stateEnd))) {
    throw new DomainError(
      "invalid-argument",
      `restore: ${what} is damaged: its ${bytes.length} bytes do not agree with its checksum`,
    );
  }
  if (version !== VERSION) {
    throw new DomainError(
      "failed-precondition",
      `restore: ${what} has snapshot format ${version}; this build reads ${VERSION}`,
    );
  }
  const origin = new TextDecoder().decode(bytes.subarray(FIXED_BYTES, originEnd));
  const here = describeBuild(spec);
  if (origin !== here) {
    throw new DomainError(
      "failed-precondition",
      `restore: ${what} was taken in ${origin}, but this environment is ${here}`,
    );
  }
  const phase = view.getUint8(16);
  return {
    record: {
      phase: phase === SlotPhase.ENDED ? SlotPhase.ENDED : SlotPhase.RUNNING,
      episodeNumber: view.getUint32(20, true),
      stepNumber: view.getUint32(24, true),
      return: view.getFloat64(32, true),
      seed: view.getUint8(17) === 1 ? view.getBigUint64(40, true) : undefined,
    },
    state: bytes.subarray(originEnd, stateEnd),
  };
}

/** What must be equal for a snapshot to have the same future: `CarRacing-v3 (box2d-wasm 7.0.0, continuous=true)`. */
export function describeBuild(spec: EnvSpec): string {
  const sorted = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const facts = [
    ...sorted(spec.versions).map(([name, version]) => `${name} ${version}`),
    ...sorted(spec.settings).map(([name, value]) => `${name}=${value}`),
    `limit=${spec.maxEpisodeSteps ?? "none"}`,
  ];
  // A dream is what its models are, whatever folder it was asked for by.
  return `${spec.kind === "DREAM" ? "dream" : spec.id} (${facts.join(", ")})`;
}
