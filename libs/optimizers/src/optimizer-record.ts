import { isPlainObject } from "@worldmodels/artifacts";
import type { CmaCheckpoint } from "@worldmodels/cma-es";
import { DomainError } from "@worldmodels/errors";
import { createHash } from "node:crypto";

/** All that is kept of an optimiser: its state after the last generation told. */
export interface OptimizerRecord {
  /** Digest of how it was made, 64 hex digits: an equal request is recognised by it. */
  readonly made: string;
  /** Decimal digits. */
  readonly seed: string;
  /** The generation told last, and the digest of its fitness; null before the first. */
  readonly told: { readonly generation: number; readonly fitness: string } | null;
  readonly cma: CmaCheckpoint;
}

const MAGIC = "worldmodels-optimizer-1";

/** A record as bytes: one line with a digest of the rest, which is JSON. The same bytes are its file and its checkpoint. */
export function encodeOptimizer(record: OptimizerRecord): Uint8Array {
  const body = JSON.stringify(record);
  return Buffer.from(`${MAGIC} ${sha256(body)}\n${body}`);
}

/**
 * The reverse of `encodeOptimizer`.
 *
 * @param where names the bytes in error sentences
 * @throws DomainError `data-loss` where a byte is missing or another than it was
 */
export function decodeOptimizer(bytes: Uint8Array, where: string): OptimizerRecord {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const [, digest, body] = /^worldmodels-optimizer-1 ([0-9a-f]{64})\n(.*)$/s.exec(text) ?? [];
  if (digest === undefined || body === undefined) {
    throw new DomainError("data-loss", `${where} is no optimiser of this version`);
  }
  if (sha256(body) !== digest) {
    throw new DomainError(
      "data-loss",
      `${where} is damaged: its digest is not the one that it was written with`,
    );
  }
  const value: unknown = JSON.parse(body);
  if (!isPlainObject(value)) throw new DomainError("data-loss", `${where} is no optimiser of this version`);
  return value as unknown as OptimizerRecord;
}

/** SHA-256 as 64 hex digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Digest of numbers, by their bits. */
export function digestNumbers(values: ArrayLike<number>): string {
  return sha256(new Uint8Array(Float64Array.from(values).buffer));
}
