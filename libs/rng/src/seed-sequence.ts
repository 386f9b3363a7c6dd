import { DomainError } from "@worldmodels/errors";

/**
 * numpy's SeedSequence: mixes a seed of any size into as many well-spread 32-bit words as a generator needs,
 * and gives independent children by coordinates. Immutable but for the count of children that `spawn` keeps.
 */
export interface SeedSequence {
  /** The root seed, >= 0. */
  readonly entropy: bigint;
  /** Where this one is in the tree of children, e.g. `[generation, candidate, episode]`. */
  readonly spawnKey: readonly number[];
  /** `words` 32-bit words; the same ones at each call (numpy `generate_state`). */
  generateState(words: number): Uint32Array;
  /** The child at these coordinates: `SeedSequence(entropy, spawn_key=[...spawnKey, ...coordinates])`. */
  child(...coordinates: readonly number[]): SeedSequence;
  /** The next `count` children; calling again goes on counting, as in numpy. */
  spawn(count: number): SeedSequence[];
}

const POOL_WORDS = 4;

/**
 * @param entropy the root seed: an integer >= 0 of any size (a number must be a safe integer)
 * @param spawnKey integers >= 0, at most 2^53 - 1
 * @throws DomainError `invalid-argument` for a seed or coordinate that is negative or not an integer
 */
export function seedSequence(entropy: bigint | number, spawnKey: readonly number[] = []): SeedSequence {
  const seed = BigInt(assertSeed(entropy, "the seed"));
  const key = spawnKey.map((coordinate) => Number(assertSeed(coordinate, "a spawn key's coordinate")));
  const pool = mixPool(assembleWords(seed, key));
  let spawned = 0;
  return {
    entropy: seed,
    spawnKey: key,
    generateState: (words) => generateState(pool, words),
    child: (...coordinates) => seedSequence(seed, [...key, ...coordinates]),
    spawn(count) {
      const first = spawned;
      spawned += count;
      return Array.from({ length: count }, (_, i) => seedSequence(seed, [...key, first + i]));
    },
  };
}

function assertSeed(value: bigint | number, what: string): bigint | number {
  if (typeof value === "bigint" ? value < 0n : !Number.isSafeInteger(value) || value < 0) {
    throw new DomainError(
      "invalid-argument",
      `${what} is ${value}; it must be an integer of at least 0, and a bigint if it is over 2^53 - 1.`,
    );
  }
  return value;
}

function assembleWords(entropy: bigint, spawnKey: readonly number[]): number[] {
  const words = wordsOf(entropy);
  if (spawnKey.length === 0) return words;
  // Padding keeps (seed, key) apart from a longer seed that happens to have the key as its high words.
  while (words.length < POOL_WORDS) words.push(0);
  return [...words, ...spawnKey.flatMap((coordinate) => wordsOf(BigInt(coordinate)))];
}

/** Little-endian 32-bit words; zero is one word. */
function wordsOf(value: bigint): number[] {
  const words: number[] = [];
  do {
    words.push(Number(value & 0xffffffffn));
    value >>= 32n;
  } while (value > 0n);
  return words;
}

function mixPool(words: readonly number[]): Uint32Array {
  let hashConstant = 0x43b0d7e5;
  const hash = (value: number): number => {
    value ^= hashConstant;
    hashConstant = Math.imul(hashConstant, 0x931e8875);
    value = Math.imul(value, hashConstant);
    return value ^ (value >>> 16);
  };
  const mix = (x: number, y: number): number => {
    const mixed = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
    return mixed ^ (mixed >>> 16);
  };
  const pool = new Uint32Array(POOL_WORDS);
  for (let i = 0; i < POOL_WORDS; i++) pool[i] = hash(words[i] ?? 0);
  for (let from = 0; from < POOL_WORDS; from++) {
    for (let to = 0; to < POOL_WORDS; to++) {
      if (from !== to) pool[to] = mix(pool[to] ?? 0, hash(pool[from] ?? 0));
    }
  }
  for (const word of words.slice(POOL_WORDS)) {
    for (let to = 0; to < POOL_WORDS; to++) pool[to] = mix(pool[to] ?? 0, hash(word));
  }
  return pool;
}

function generateState(pool: Uint32Array, count: number): Uint32Array {
  let hashConstant = 0x8b51f9dd;
  return Uint32Array.from({ length: count }, (_, i) => {
    let value = (pool[i % POOL_WORDS] ?? 0) ^ hashConstant;
    hashConstant = Math.imul(hashConstant, 0x58f38ded);
    value = Math.imul(value, hashConstant);
    return value ^ (value >>> 16);
  });
}
