import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";
import { GraphBuilder } from "./onnx/graph-builder.js";
import { addChain } from "./onnx/layers.js";
import { addLstmStep } from "./onnx/lstm-step.js";
import type { StateValues } from "./onnx/lstm-step.js";
import { chainsOf } from "./trained-network.js";
import type { TrainedNetwork } from "./trained-network.js";

/**
 * One step of M as an ONNX file.
 *
 * In, float32: `latent`, `action`, `restart` `[batch, 1]` where M reads it, `hidden`, `cell`. Out: `nextHidden`,
 * `nextCell`; `logits`, `mean`, `logStd`, `[batch, latentDim * mixtures]` each; `reward` and `terminated` `[batch, 1]` where
 * M has them.
 */
export function buildMdnRnnStepGraph(
  mdnRnn: TrainedNetwork,
  { batch }: { readonly batch: number },
): Uint8Array {
  const builder = new GraphBuilder("mdn_rnn_step");
  const config = mdnRnnConfigOf(mdnRnn.network);
  const { hidden } = addMdnRnnStep(builder, mdnRnn, { batch, config });
  const chain = chainsOf(mdnRnn);
  const head = (name: string) =>
    addChain(
      builder,
      chain(name),
      mdnRnn.weights,
      { value: hidden, shape: [config.hidden], channelsFirst: false },
      batch,
    ).value;
  const block = config.latentDim * config.mixtures;
  const parts = builder.nodes(
    "Split",
    [head("mixture"), builder.integers([block, block, block])],
    { axis: 1 },
    3,
  );
  for (const [i, name] of ["logits", "mean", "logStd"].entries()) {
    builder.output(name, parts[i] ?? "", "float32", [batch, block]);
  }
  if (config.rewardHead) builder.output("reward", head("reward"), "float32", [batch, 1]);
  if (config.terminatedHead) builder.output("terminated", head("terminated"), "float32", [batch, 1]);
  return builder.encode();
}

/** Adds the lstm alone, with its inputs and the outputs `nextHidden` and `nextCell`; returns the new state. */
export function addMdnRnnStep(
  builder: GraphBuilder,
  mdnRnn: TrainedNetwork,
  { batch, config }: { readonly batch: number; readonly config: MdnRnnConfig },
): StateValues {
  const lstm = chainsOf(mdnRnn)("lstm");
  const inputs = lstm.sources.map((name) =>
    builder.input(name, "float32", [batch, ...(mdnRnn.network.inputs[name] ?? [])]),
  );
  const shape = [batch, config.hidden];
  const state = {
    hidden: builder.input("hidden", "float32", shape),
    cell: builder.input("cell", "float32", shape),
  };
  const input = builder.node("Concat", inputs, { axis: 1 });
  const next = addLstmStep(builder, lstm, mdnRnn.weights, input, state);
  builder.output("nextHidden", next.hidden, "float32", shape);
  builder.output("nextCell", next.cell, "float32", shape);
  return next;
}
