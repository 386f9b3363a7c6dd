import { DomainError } from "@worldmodels/errors";
import type { AgentModel } from "./agent-model.js";

/**
 * An agent's eyes and memory where the environment gives them ready-made: a dream knows its z, h and c, so neither
 * V nor M is run again.
 *
 * @param names the environment's observations that hold z, h and c, float32 (a dream's are `z`, `hidden` and `cell`); leave out
 *   what C does not read
 */
export function createFeatureModel(options: {
  readonly batch: number;
  readonly latentDim: number;
  readonly hiddenDim: number;
  readonly names: { readonly latent: string; readonly hidden?: string; readonly cell?: string };
}): AgentModel {
  const { batch, latentDim, hiddenDim, names } = options;
  const features = {
    latentDim,
    hiddenDim,
    latent: new Float32Array(batch * latentDim),
    hidden: new Float32Array(names.hidden === undefined ? 0 : batch * hiddenDim),
    cell: new Float32Array(names.cell === undefined ? 0 : batch * hiddenDim),
  };
  const sources = [
    { name: names.latent, rows: features.latent, width: latentDim },
    { name: names.hidden, rows: features.hidden, width: hiddenDim },
    { name: names.cell, rows: features.cell, width: hiddenDim },
  ].flatMap(({ name, ...source }) => (name === undefined ? [] : [{ name, ...source }]));
  return {
    batch,
    observationNames: sources.map(({ name }) => name),
    features,
    logVariance: undefined,
    begin() {
      // Nothing is remembered here; the environment's own state begins afresh with its reset.
    },
    see(slot, observations, row) {
      for (const { name, rows, width } of sources) {
        const given = observations[name];
        if (given === undefined || given.length < (row + 1) * width) {
          throw new DomainError(
            "invalid-argument",
            `observation "${name}" has ${given?.length ?? "no"} numbers where row ${row} of ${width} was expected`,
          );
        }
        rows.set(given.subarray(row * width, (row + 1) * width), slot * width);
      }
    },
    advance: () => Promise.resolve(),
  };
}
