import { LOG_STD_RANGE, mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";
import type { WeightTensor } from "@worldmodels/networks";
import { addMdnRnnStep } from "./mdn-rnn-graph.js";
import { GraphBuilder } from "./onnx/graph-builder.js";
import type { Value } from "./onnx/graph-builder.js";
import { weightsOf } from "./onnx/layers.js";
import { chainsOf } from "./trained-network.js";
import type { TrainedNetwork } from "./trained-network.js";

/**
 * One step of a dream as an ONNX file: M's step, and `drawMixture` of @worldmodels/mdn-rnn on what it predicts. A draw takes
 * some 400 exponentials, which cost a third of M's step one by one and next to nothing here.
 *
 * In, float32: as `buildMdnRnnStepGraph`, and `uniform` and `normal` `[batch, latentDim]`. Out: `nextLatent`
 * `[batch, latentDim]`, `nextHidden`, `nextCell`; `reward` and `terminated` `[batch, 1]` where M has them.
 *
 * @param options temperature: dimensionless, > 0
 */
export function buildDreamStepGraph(
  mdnRnn: TrainedNetwork,
  { batch, temperature }: { readonly batch: number; readonly temperature: number },
): Uint8Array {
  const builder = new GraphBuilder("dream_step");
  const config = mdnRnnConfigOf(mdnRnn.network);
  const { latentDim, mixtures } = config;
  const { hidden } = addMdnRnnStep(builder, mdnRnn, { batch, config });
  const [logits = "", means = "", logStds = "", ...flags] = addHeads(builder, mdnRnn, config, hidden);
  const shape = [batch, latentDim];
  const uniform = builder.input("uniform", "float32", shape);
  const normal = builder.input("normal", "float32", shape);

  /** Takes `[batch, mixtures * latentDim]` apart by component. */
  const components = (value: Value): readonly Value[] =>
    builder.nodes(
      "Split",
      [value, builder.integers(new Array<number>(mixtures).fill(latentDim))],
      { axis: 1 },
      mixtures,
    );
  const byComponent = builder.node("Reshape", [logits, builder.integers([batch, mixtures, latentDim])]);
  const highest = builder.node("ReduceMax", [byComponent], { axes: [1], keepdims: 1 });
  const scaled = builder.node("Mul", [
    builder.node("Sub", [byComponent, highest]),
    builder.scalar(1 / temperature),
  ]);
  const weights = builder.node("Exp", [scaled]);
  const [first = "", ...rest] = components(
    builder.node("Reshape", [weights, builder.integers([batch, mixtures * latentDim])]),
  );
  const sums = [first];
  for (const weight of rest) sums.push(builder.node("Add", [sums[sums.length - 1] ?? "", weight]));
  const threshold = builder.node("Mul", [uniform, sums[sums.length - 1] ?? ""]);
  // The last component takes what rounding leaves over.
  const isBelow = sums.slice(0, -1).map((sum) => builder.node("Less", [threshold, sum]));
  const choose = (value: Value): Value =>
    components(value).reduceRight((chosen, component, k) =>
      builder.node("Where", [isBelow[k] ?? "", component, chosen]),
    );

  const { min, max } = LOG_STD_RANGE;
  const logStd = builder.node("Clip", [choose(logStds), builder.scalar(min), builder.scalar(max)]);
  const noise = builder.node("Mul", [
    builder.node("Mul", [builder.node("Exp", [logStd]), builder.scalar(Math.sqrt(temperature))]),
    normal,
  ]);
  builder.output("nextLatent", builder.node("Add", [choose(means), noise]), "float32", shape);
  headNames(config).forEach((name, i) => {
    builder.output(name, flags[i] ?? "", "float32", [batch, 1]);
  });
  return builder.encode();
}

/** The heads that M has besides its mixture, in order. */
function headNames({ rewardHead, terminatedHead }: MdnRnnConfig): readonly string[] {
  return [...(rewardHead ? ["reward"] : []), ...(terminatedHead ? ["terminated"] : [])];
}

/**
 * All heads as one product, apart again: logits, means and log standard deviations, each
 * `[batch, mixtures * latentDim]` with the components outermost, so that each component is one block; then `headNames`.
 */
function addHeads(
  builder: GraphBuilder,
  mdnRnn: TrainedNetwork,
  config: MdnRnnConfig,
  hidden: Value,
): readonly Value[] {
  const { latentDim, mixtures } = config;
  const block = latentDim * mixtures;
  const names = headNames(config);
  const chain = chainsOf(mdnRnn);
  const [mixture, ...others] = ["mixture", ...names].map((name) => {
    const [layer] = chain(name).layers;
    if (layer === undefined) throw new Error(`M's head ${name} has no layer`);
    return weightsOf(layer, mdnRnn.weights);
  });
  if (mixture === undefined) throw new Error("M has no mixture");
  const order = Array.from({ length: 3 * block }, (_, column) => {
    const [part, component, i] = [
      Math.floor(column / block),
      Math.floor((column % block) / latentDim),
      column % latentDim,
    ];
    return part * block + i * mixtures + component;
  });
  /** `[rows, columns]` of all heads side by side, the mixture's in the new order. */
  const joined = (rows: number, tensors: readonly WeightTensor[]): Float32Array => {
    const width = order.length + names.length;
    const data = new Float32Array(rows * width);
    const [own, ...flags] = tensors.map((tensor) => tensor.data);
    for (let row = 0; row < rows; row++) {
      order.forEach((from, to) => (data[row * width + to] = own?.[row * order.length + from] ?? 0));
      flags.forEach((flag, i) => (data[row * width + order.length + i] = flag[row] ?? 0));
    }
    return data;
  };
  const all = [mixture, ...others];
  const width = order.length + names.length;
  const kernel = joined(
    config.hidden,
    all.map(([each]) => each),
  );
  const bias = joined(
    1,
    all.map(([, each]) => each),
  );
  const heads = builder.node("Gemm", [
    hidden,
    builder.floats([config.hidden, width], kernel),
    builder.floats([width], bias),
  ]);
  const sizes = [block, block, block, ...names.map(() => 1)];
  return builder.nodes("Split", [heads, builder.integers(sizes)], { axis: 1 }, sizes.length);
}
