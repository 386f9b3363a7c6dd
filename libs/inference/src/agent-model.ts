import type { AgentModel } from "@worldmodels/agent";
import { DomainError } from "@worldmodels/errors";
import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import { buildAgentGraph } from "./agent-graph.js";
import { bytesOf, createFixedSession, floatsOf } from "./fixed-session.js";
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
 * Rows of one call of ONNX Runtime, whatever the number of slots. A row costs the same in a call of 4 as in one of
 * 16 (within 2 %), and when most episodes of a generation have ended, the few that go on cost a fraction. Always the
 * same number, because kernels may round differently for another: an episode's bytes must not depend on its company.
 */
const CALL_ROWS = 4;

/**
 * V and M for driving: one graph for both, called for the slots that have seen something new.
 *
 * @throws DomainError `invalid-argument` where weights do not fit their network, or V and M differ in their latents
 */
export async function createAgentModel(
  options: AgentModelOptions,
): Promise<AgentModel & { close(): Promise<void> }> {
  const { vae, mdnRnn, batch, observation = "wm64", sampleLatent = false } = options;
  const session = await createFixedSession(
    buildAgentGraph({ vae, mdnRnn, batch: CALL_ROWS, logVariance: sampleLatent }),
  );
  const frames = createRows(bytesOf(session.inputs, "frames"), batch);
  const latent = createRows(floatsOf(session.outputs, "nextLatent"), batch);
  const spread = sampleLatent ? createRows(floatsOf(session.outputs, "logVariance"), batch) : undefined;
  const memory =
    mdnRnn === undefined
      ? undefined
      : createMemory(session, mdnRnn, { batch, latent: latent.all, latentDim: latent.width });
  const seen = new Uint8Array(batch);
  return {
    batch,
    observationNames: [observation],
    features: {
      latentDim: latent.width,
      hiddenDim: memory?.hidden.width ?? 0,
      latent: latent.all,
      hidden: memory?.hidden.all ?? new Float32Array(0),
      cell: memory?.cell.all ?? new Float32Array(0),
    },
    logVariance: spread?.all,
    begin: (slot) => memory?.begin(slot),
    see(slot, observations, row) {
      const given = observations[observation];
      if (given === undefined || given.length < (row + 1) * frames.width) {
        throw new DomainError(
          "invalid-argument",
          `observation "${observation}" has ${given?.length ?? "no"} numbers where row ${row} of ${frames.width} was expected`,
        );
      }
      frames.all.set(given.subarray(row * frames.width, (row + 1) * frames.width), slot * frames.width);
      seen[slot] = 1;
    },
    async advance(actions) {
      memory?.check(actions);
      const slots = Array.from(seen.keys()).filter((slot) => seen[slot] === 1);
      seen.fill(0);
      for (let first = 0; first < slots.length; first += CALL_ROWS) {
        const called = slots.slice(first, first + CALL_ROWS);
        called.forEach((slot, row) => {
          frames.load(slot, row);
          memory?.load(slot, row, actions);
        });
        await session.run();
        called.forEach((slot, row) => {
          latent.store(slot, row);
          spread?.store(slot, row);
          memory?.store(slot, row);
        });
      }
    },
    close: () => session.close(),
  };
}

/** One row per slot, and the rows of a call that they are copied to or from. */
function createRows<T extends Float32Array | Uint8Array>(called: T, slots: number) {
  const width = called.length / CALL_ROWS;
  const all = (
    called instanceof Uint8Array ? new Uint8Array(slots * width) : new Float32Array(slots * width)
  ) as T;
  return {
    width,
    all,
    load(slot: number, row: number) {
      called.set(all.subarray(slot * width, (slot + 1) * width), row * width);
    },
    store(slot: number, row: number) {
      all.set(called.subarray(row * width, (row + 1) * width), slot * width);
    },
  };
}

/** M's side of the session: its inputs, and the state that goes round from one step to the next. */
function createMemory(
  session: { readonly inputs: Inputs; readonly outputs: Inputs },
  mdnRnn: TrainedNetwork,
  slots: { readonly batch: number; readonly latent: Float32Array; readonly latentDim: number },
) {
  const config = mdnRnnConfigOf(mdnRnn.network);
  const { batch, latent, latentDim } = slots;
  if (config.latentDim !== latentDim) {
    throw new DomainError(
      "invalid-argument",
      `V gives latents of ${latentDim} numbers and M reads ${config.latentDim}; they are not of one training`,
    );
  }
  const { actionSize, hidden: hiddenDim } = config;
  const previous = {
    latent: floatsOf(session.inputs, "latent"),
    action: floatsOf(session.inputs, "action"),
    hidden: floatsOf(session.inputs, "hidden"),
    cell: floatsOf(session.inputs, "cell"),
    restart: config.restartInput ? floatsOf(session.inputs, "restart") : undefined,
  };
  const hidden = createRows(floatsOf(session.outputs, "nextHidden"), batch);
  const cell = createRows(floatsOf(session.outputs, "nextCell"), batch);
  /** 1 where the frame seen now is an episode's first. */
  const fresh = new Uint8Array(batch);
  /** 1 where the frame seen last was an episode's first. */
  const restart = new Uint8Array(batch);
  const rowOf = (rows: Float32Array, slot: number, width: number) =>
    rows.subarray(slot * width, (slot + 1) * width);
  return {
    hidden,
    cell,
    begin(slot: number) {
      fresh[slot] = 1;
    },
    check(actions: Float32Array) {
      if (actions.length === batch * actionSize) return;
      throw new DomainError(
        "invalid-argument",
        `${actions.length} numbers of actions were given where M reads ${batch * actionSize} (${batch} slots of ${actionSize})`,
      );
    },
    load(slot: number, row: number, actions: Float32Array) {
      previous.latent.set(rowOf(latent, slot, latentDim), row * latentDim);
      previous.action.set(rowOf(actions, slot, actionSize), row * actionSize);
      previous.hidden.set(rowOf(hidden.all, slot, hiddenDim), row * hiddenDim);
      previous.cell.set(rowOf(cell.all, slot, hiddenDim), row * hiddenDim);
      if (previous.restart !== undefined) previous.restart[row] = restart[slot] ?? 0;
    },
    store(slot: number, row: number) {
      hidden.store(slot, row);
      cell.store(slot, row);
      // M has just read the slot's step before this one; should that have been an episode's last, its past ends here.
      if (fresh[slot] === 1) {
        rowOf(hidden.all, slot, hiddenDim).fill(0);
        rowOf(cell.all, slot, hiddenDim).fill(0);
      }
      // What M reads in the next step is the frame seen now: it restarts where that is a first one.
      restart[slot] = fresh[slot] ?? 0;
      fresh[slot] = 0;
    },
  };
}

type Inputs = Readonly<Record<string, Float32Array | Uint8Array>>;
