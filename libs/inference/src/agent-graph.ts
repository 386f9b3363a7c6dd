import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import { addMdnRnnStep } from "./mdn-rnn-graph.js";
import { GraphBuilder } from "./onnx/graph-builder.js";
import type { TrainedNetwork } from "./trained-network.js";
import { addEncoder } from "./vae-graphs.js";

/**
 * All that driving needs of V and M in one ONNX file: V on the frame of now, M on the latent and action of before.
 * Neither needs the other's result, and C, which needs both, runs after them; M's mixture is left out.
 *
 * In and out as `buildEncoderGraph` (out: `nextLatent` for `mean`) and `buildMdnRnnStepGraph`'s state, where there is an M.
 */
export function buildAgentGraph(options: {
  readonly vae: TrainedNetwork;
  readonly mdnRnn?: TrainedNetwork | undefined;
  readonly batch: number;
  readonly logVariance?: boolean;
}): Uint8Array {
  const { vae, mdnRnn, batch, logVariance = false } = options;
  const builder = new GraphBuilder("agent_step");
  const encoded = addEncoder(builder, vae, { batch, logVariance });
  builder.output("nextLatent", encoded.mean, "float32", [batch, encoded.latentDim]);
  if (encoded.logVariance !== undefined) {
    builder.output("logVariance", encoded.logVariance, "float32", [batch, encoded.latentDim]);
  }
  if (mdnRnn !== undefined) {
    addMdnRnnStep(builder, mdnRnn, { batch, config: mdnRnnConfigOf(mdnRnn.network) });
  }
  return builder.encode();
}
