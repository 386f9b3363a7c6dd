import { DomainError } from "@worldmodels/errors";
import type { Rng } from "@worldmodels/rng";
import { actControllers } from "./act-controllers.js";
import type { ControllerParameters } from "./act-controllers.js";
import { actionSizeOf, mapActions, outputSizeOf } from "./action-mapping.js";
import type { ActionMapping } from "./action-mapping.js";
import type { AgentModel } from "./agent-model.js";
import { assertControllerLength } from "./controller-shape.js";
import type { ControllerShape } from "./controller-shape.js";
import type { Driver } from "./driver.js";

/** What a slot needs to be driven by V, M and a candidate's C. */
export interface AgentTask {
  /** The candidate's flat parameters; slots of one batch may have different candidates. */
  readonly controller: ControllerParameters;
  /** Where the model gives log variances: the episode's own stream, of which each step's sample of z takes `latentDim` normals. */
  readonly latentRng?: Rng;
}

/**
 * The whole agent: V and M once per step for the batch, then each slot's own C.
 *
 * C reads the posterior mean. Where the model gives log variances it reads a sample instead, as the paper's code
 * does; M is then told the same sample.
 */
export function createAgentDriver(options: {
  readonly model: AgentModel;
  readonly shape: ControllerShape;
  readonly mapping: ActionMapping;
}): Driver<AgentTask> {
  const { model, shape, mapping } = options;
  const { batch, features, logVariance } = model;
  const { latentDim } = features;
  assertFits(shape, mapping, model);
  const actionSize = actionSizeOf(mapping);
  const parameters = new Array<ControllerParameters | undefined>(batch).fill(undefined);
  const latentRngs = new Array<Rng | undefined>(batch).fill(undefined);
  const u = new Float32Array(batch * shape.outputSize);
  const actions = new Float32Array(batch * actionSize);
  const noise = new Float64Array(latentDim);
  const sampleLatents = (spread: Float32Array) => {
    latentRngs.forEach((rng, slot) => {
      rng?.fillStandardNormal(noise).forEach((normal, i) => {
        const at = slot * latentDim + i;
        features.latent[at] = (features.latent[at] ?? 0) + Math.exp((spread[at] ?? 0) / 2) * normal;
      });
    });
  };
  return {
    batch,
    actionSize,
    observationNames: model.observationNames,
    begin(slot, task) {
      assertControllerLength(shape, task.controller.length);
      if (logVariance !== undefined && task.latentRng === undefined) {
        throw new DomainError(
          "invalid-argument",
          "this model samples its latents, and a task came without a latentRng to sample with",
        );
      }
      parameters[slot] = task.controller;
      latentRngs[slot] = task.latentRng;
      model.begin(slot);
    },
    see: (slot, observations, row) => model.see(slot, observations, row),
    async act() {
      await model.advance(actions);
      if (logVariance !== undefined) sampleLatents(logVariance);
      actControllers(shape, parameters, features, u);
      mapActions(mapping, u, actions);
      return actions;
    },
  };
}

function assertFits(shape: ControllerShape, mapping: ActionMapping, { batch, features }: AgentModel): void {
  const { latentDim, hiddenDim, hidden, cell } = features;
  const inputSize = latentDim + hiddenDim * (shape.features.length - 1);
  if (shape.inputSize !== inputSize) {
    throw new DomainError(
      "invalid-argument",
      `the controller reads ${shape.inputSize} numbers (${shape.features}) where this model gives ${inputSize}`,
    );
  }
  for (const [letter, rows] of [
    ["h", hidden],
    ["c", cell],
  ] as const) {
    if (shape.features.includes(letter) && rows.length !== batch * hiddenDim) {
      throw new DomainError(
        "invalid-argument",
        `the controller reads ${letter} (${shape.features}), which this model does not give`,
      );
    }
  }
  if (shape.outputSize !== outputSizeOf(mapping)) {
    throw new DomainError(
      "invalid-argument",
      `the controller gives ${shape.outputSize} numbers where its action mapping takes ${outputSizeOf(mapping)}`,
    );
  }
}
