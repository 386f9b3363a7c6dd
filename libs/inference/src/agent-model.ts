import type { AgentModel } from "@worldmodels/agent";
import { DomainError } from "@worldmodels/errors";
import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";
import { buildAgentGraph } from "./agent-graph.js";
import { bytesOf, createFixedSession, floatsOf } from "./fixed-session.js";
import type { FixedSession } from "./fixed-session.js";
import type { TrainedNetwork } from "./trained-network.js";

export interface AgentModelOptions {
  readonly vae: TrainedNetwork;
  /** Left out where C reads z alone. */
  readonly mdnRnn?: TrainedNetwork | undefined;
  /** Slots. */
  readonly batch: number;
  /** The environment's observation that V reads, uint8 `[64, 64, 3]`; default `wm64`. */
  readonly observation?: string;
  /** C and M read a sample of the posterior instead of its mean; default false. */
  readonly sampleLatent?: boolean;
}

/**
 * V and M for driving: one call of ONNX Runtime per step for all slots together.
 *
 * @throws DomainError `invalid-argument` where weights do not fit their network, or V and M differ in their latents
 */
export async function createAgentModel(
  options: AgentModelOptions,
): Promise<AgentModel & { close(): Promise<void> }> {
  const { vae, mdnRnn, batch, observation = "wm64", sampleLatent = false } = options;
  const session = await createFixedSession(
    buildAgentGraph({ vae, mdnRnn, batch, logVariance: sampleLatent }),
  );
  const frames = bytesOf(session.inputs, "frames");
  const frameSize = frames.length / batch;
  const latent = floatsOf(session.outputs, "nextLatent");
  const latentDim = latent.length / batch;
  const memory =
    mdnRnn === undefined
      ? undefined
      : createMemory(session, mdnRnnConfigOf(mdnRnn.network), { batch, latentDim });
  const features = {
    latentDim,
    hiddenDim: memory?.hiddenDim ?? 0,
    latent,
    hidden: memory?.hidden ?? new Float32Array(0),
    cell: memory?.cell ?? new Float32Array(0),
  };
  return {
    batch,
    observationNames: [observation],
    features,
    logVariance: sampleLatent ? floatsOf(session.outputs, "logVariance") : undefined,
    begin: (slot) => memory?.begin(slot),
    see(slot, observations, row) {
      const given = observations[observation];
      if (given === undefined || given.length < (row + 1) * frameSize) {
        throw new DomainError(
          "invalid-argument",
          `observation "${observation}" has ${given?.length ?? "no"} numbers where row ${row} of ${frameSize} was expected`,
        );
      }
      frames.set(given.subarray(row * frameSize, (row + 1) * frameSize), slot * frameSize);
    },
    async advance(actions) {
      memory?.prepare(latent, actions);
      await session.run();
      memory?.settle();
    },
    close: () => session.close(),
  };
}

/** M's side of the session: its inputs, and the state that goes round from one step to the next. */
function createMemory(
  session: FixedSession,
  config: MdnRnnConfig,
  { batch, latentDim }: { readonly batch: number; readonly latentDim: number },
) {
  if (config.latentDim !== latentDim) {
    throw new DomainError(
      "invalid-argument",
      `V gives latents of ${latentDim} numbers and M reads ${config.latentDim}; they are not of one training`,
    );
  }
  const { hidden: hiddenDim } = config;
  const previousLatent = floatsOf(session.inputs, "latent");
  const action = floatsOf(session.inputs, "action");
  const restart = config.restartInput ? floatsOf(session.inputs, "restart") : undefined;
  const previousHidden = floatsOf(session.inputs, "hidden");
  const previousCell = floatsOf(session.inputs, "cell");
  const hidden = floatsOf(session.outputs, "nextHidden");
  const cell = floatsOf(session.outputs, "nextCell");
  /** 1 where the frame seen now is an episode's first. */
  const fresh = new Uint8Array(batch);
  return {
    hiddenDim,
    hidden,
    cell,
    begin(slot: number) {
      fresh[slot] = 1;
    },
    prepare(latent: Float32Array, actions: Float32Array) {
      if (actions.length !== action.length) {
        throw new DomainError(
          "invalid-argument",
          `${actions.length} numbers of actions were given where M reads ${action.length} (${batch} slots of ${config.actionSize})`,
        );
      }
      previousLatent.set(latent);
      action.set(actions);
      previousHidden.set(hidden);
      previousCell.set(cell);
    },
    settle() {
      for (let slot = 0; slot < batch; slot++) {
        // M has just read the slot's step before this one; should that have been an episode's last, its past ends here.
        if (fresh[slot] === 1) {
          hidden.fill(0, slot * hiddenDim, (slot + 1) * hiddenDim);
          cell.fill(0, slot * hiddenDim, (slot + 1) * hiddenDim);
        }
      }
      // What M reads in the next step is the frame seen now: it restarts where that is a first one.
      restart?.set(fresh);
      fresh.fill(0);
    },
  };
}
