import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig, MdnRnnPrediction, RecurrentState } from "@worldmodels/mdn-rnn";
import { createFixedSession, floatsOf } from "./fixed-session.js";
import { buildMdnRnnStepGraph } from "./mdn-rnn-graph.js";
import { assertSameRows, fillRows } from "./rows.js";
import type { TrainedNetwork } from "./trained-network.js";

/** M one step at a time, as `mdnRnnStep` of @worldmodels/mdn-rnn, but fast. The caller keeps the state. */
export interface MdnRnnStepper {
  /** M's sizes and heads. */
  readonly config: MdnRnnConfig;
  /** Most rows of a call; fewer cost the same time. */
  readonly batch: number;
  /**
   * @param input `[rows, ...]`; `restart` is taken as 0 where left out
   * @param state before this step; may be what the last call returned
   * @returns views, valid until the next call
   */
  step(
    input: { readonly latent: Float32Array; readonly action: Float32Array; readonly restart?: Float32Array },
    state: RecurrentState,
  ): Promise<MdnRnnPrediction>;
  close(): Promise<void>;
}

/** @throws DomainError `invalid-argument` where the weights do not fit the network, or it is not an MDN-RNN */
export async function createMdnRnnStepper(options: {
  readonly mdnRnn: TrainedNetwork;
  readonly batch: number;
}): Promise<MdnRnnStepper> {
  const { mdnRnn, batch } = options;
  const config = mdnRnnConfigOf(mdnRnn.network);
  const session = await createFixedSession(buildMdnRnnStepGraph(mdnRnn, { batch }));
  const inputs = {
    latent: floatsOf(session.inputs, "latent"),
    action: floatsOf(session.inputs, "action"),
    hidden: floatsOf(session.inputs, "hidden"),
    cell: floatsOf(session.inputs, "cell"),
  };
  const restart = config.restartInput ? floatsOf(session.inputs, "restart") : undefined;
  const view = (name: string, rows: number) => {
    const array = floatsOf(session.outputs, name);
    return array.subarray(0, (rows * array.length) / batch);
  };
  return {
    config,
    batch,
    async step(input, state) {
      const given = {
        latent: input.latent,
        action: input.action,
        hidden: state.hidden,
        cell: state.cell,
      };
      const rowsByName = {
        latent: fillRows("latent", given.latent, inputs.latent, batch),
        action: fillRows("action", given.action, inputs.action, batch),
        hidden: fillRows("hidden", given.hidden, inputs.hidden, batch),
        cell: fillRows("cell", given.cell, inputs.cell, batch),
        ...(restart !== undefined &&
          input.restart !== undefined && { restart: fillRows("restart", input.restart, restart, batch) }),
      };
      assertSameRows(rowsByName);
      if (input.restart === undefined) restart?.fill(0);
      await session.run();
      const rows = rowsByName.latent;
      return {
        hidden: view("nextHidden", rows),
        cell: view("nextCell", rows),
        mixture: { logits: view("logits", rows), mean: view("mean", rows), logStd: view("logStd", rows) },
        reward: config.rewardHead ? view("reward", rows) : undefined,
        terminatedLogit: config.terminatedHead ? view("terminated", rows) : undefined,
      };
    },
    close: () => session.close(),
  };
}
