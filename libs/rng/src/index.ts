export { createRng, createRngFromState } from "./create-rng.js";
export type { Rng, RngState } from "./rng.js";
export { seedSequence } from "./seed-sequence.js";
export type { SeedSequence } from "./seed-sequence.js";
export { shuffle } from "./shuffle.js";
