import type { AgentFeatures } from "./agent-model.js";
import type { ControllerShape } from "./controller-shape.js";

/** One candidate's flat parameter vector, as `controllerShape` lays it out. */
export type ControllerParameters = Float32Array | Float64Array;

/**
 * Runs one controller per slot, each with parameters of its own: u = tanh(W x + b). Sums are taken in float64, in
 * an order that is always the same, so a slot's numbers depend on nothing but its own row.
 *
 * @param parameters one vector per slot, checked by the caller; undefined leaves the slot's row of `out` as it is
 * @param features rows for every slot
 * @param out `[slots, outputSize]`, each number within [-1, 1]
 */
export function actControllers(
  shape: ControllerShape,
  parameters: readonly (ControllerParameters | undefined)[],
  features: AgentFeatures,
  out: Float32Array,
): void {
  const { hiddenUnits, outputSize } = shape;
  const hidden = new Float64Array(hiddenUnits);
  const output = new Float64Array(outputSize);
  const sources = sourcesOf(shape, features);
  parameters.forEach((flat, slot) => {
    if (flat === undefined) return;
    const first = hiddenUnits > 0 ? hidden : output;
    let offset = 0;
    first.fill(0);
    for (const { rows, width } of sources) {
      accumulate(first, rows, slot * width, width, flat, offset);
      offset += width * first.length;
    }
    offset = finish(first, shape.bias, flat, offset);
    if (hiddenUnits > 0) {
      output.fill(0);
      accumulate(output, hidden, 0, hiddenUnits, flat, offset);
      finish(output, shape.bias, flat, offset + hiddenUnits * outputSize);
    }
    out.set(output, slot * outputSize);
  });
}

function sourcesOf(
  { features: names, inputSize }: ControllerShape,
  features: AgentFeatures,
): readonly { readonly rows: Float32Array; readonly width: number }[] {
  const { latent, hidden, cell, latentDim } = features;
  const stateDim = names === "z" ? 0 : (inputSize - latentDim) / (names.length - 1);
  const z = { rows: latent, width: latentDim };
  const c = { rows: cell, width: stateDim };
  const h = { rows: hidden, width: stateDim };
  return { z: [z], zh: [z, h], zch: [z, c, h] }[names];
}

/** sums += rows[start, start + width) · kernel, a `[width, sums]` matrix at `offset` of the flat vector. */
function accumulate(
  sums: Float64Array,
  rows: Float32Array | Float64Array,
  start: number,
  width: number,
  flat: ControllerParameters,
  offset: number,
): void {
  const outputs = sums.length;
  if (outputs === 1) {
    sums[0] = (sums[0] ?? 0) + dotProduct(rows, start, width, flat, offset);
    return;
  }
  for (let i = 0; i < width; i++) {
    const x = rows[start + i] ?? 0;
    const base = offset + i * outputs;
    for (let o = 0; o < outputs; o++) sums[o] = (sums[o] ?? 0) + x * (flat[base + o] ?? 0);
  }
}

/** Four sums side by side, which need not wait for each other: Doom's C reads 1,088 numbers for its one. */
function dotProduct(
  rows: Float32Array | Float64Array,
  start: number,
  width: number,
  flat: ControllerParameters,
  offset: number,
): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < width; i += 4) {
    a += (rows[start + i] ?? 0) * (flat[offset + i] ?? 0);
    b += (rows[start + i + 1] ?? 0) * (flat[offset + i + 1] ?? 0);
    c += (rows[start + i + 2] ?? 0) * (flat[offset + i + 2] ?? 0);
    d += (rows[start + i + 3] ?? 0) * (flat[offset + i + 3] ?? 0);
  }
  for (; i < width; i++) a += (rows[start + i] ?? 0) * (flat[offset + i] ?? 0);
  return a + b + (c + d);
}

/** Adds the bias that follows the kernel, applies tanh, and returns the offset of what comes next. */
function finish(sums: Float64Array, bias: boolean, flat: ControllerParameters, offset: number): number {
  for (let o = 0; o < sums.length; o++) {
    sums[o] = Math.tanh((sums[o] ?? 0) + (bias ? (flat[offset + o] ?? 0) : 0));
  }
  return bias ? offset + sums.length : offset;
}
