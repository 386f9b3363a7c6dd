import type { Rng } from "@worldmodels/rng";

/** Where standard normal numbers come from: an `Rng`, or anything else that fills an array with them in order. */
export type NormalSource = Pick<Rng, "fillStandardNormal">;
