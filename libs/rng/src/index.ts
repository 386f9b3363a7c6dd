export type { Rng, RngState } from "./rng.js";
