import { DomainError } from "@worldmodels/errors";
import { assertFiniteTensor, readTensor, toTensor } from "@worldmodels/grpc-kit";
import { sampleMixture } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig, MdnRnnPrediction, RecurrentState } from "@worldmodels/mdn-rnn";
import { assertRowCount, createRowMeter } from "@worldmodels/model-serving";
import type { RowMeter } from "@worldmodels/model-serving";
import type {
  PredictRequest,
  PredictResponse,
  SampleRequest,
  SampleResponse,
} from "@worldmodels/proto/predictor";
import { Dtype } from "@worldmodels/proto/tensor";
import type { Tensor } from "@worldmodels/proto/tensor";
import { createRng } from "@worldmodels/rng";
import type { MemoryModel } from "./memory-model.js";

const predicting = createRowMeter("mdn-rnn", "predict");
const sampling = createRowMeter("mdn-rnn", "sample");

/** One step of each sequence of a request. @throws DomainError `invalid-argument` naming the field that is wrong */
export async function predict(
  model: MemoryModel,
  request: PredictRequest,
  signal: AbortSignal,
): Promise<PredictResponse> {
  const { prediction, rows } = await stepOf(model, request, signal, predicting);
  return toResponse(prediction, rows, model.config);
}

/** A step and a draw. @throws DomainError as `predict` does, and for a temperature that is not above 0 */
export async function sample(
  model: MemoryModel,
  { step, temperature, seed }: SampleRequest,
  signal: AbortSignal,
): Promise<SampleResponse> {
  if (step === undefined)
    throw new DomainError("invalid-argument", "step is missing; give what Predict takes");
  const { prediction, rows } = await stepOf(model, step, signal, sampling);
  const { latentDim } = model.config;
  const latent = new Float32Array(rows * latentDim);
  // proto3 has no other word for "not said".
  sampleMixture(prediction.mixture, temperature === 0 ? 1 : temperature, createRng(seed), latent);
  return {
    latent: toTensor(latent, [rows, latentDim]),
    prediction: toResponse(prediction, rows, model.config),
  };
}

async function stepOf(
  { config, step }: MemoryModel,
  request: PredictRequest,
  signal: AbortSignal,
  meter: RowMeter,
): Promise<{ readonly prediction: MdnRnnPrediction; readonly rows: number }> {
  const latent = finite(request.latent, "latent", [undefined, config.latentDim]);
  const rows = latent.length / config.latentDim;
  assertRowCount("latent", rows);
  const action = finite(request.action, "action", [rows, config.actionSize]);
  const state = stateOf(request.state, [rows, config.hidden]);
  return { prediction: await meter(rows, () => step({ latent, action }, state, rows, signal)), rows };
}

function stateOf(state: PredictRequest["state"], shape: readonly [number, number]): RecurrentState {
  if (state === undefined) {
    const zeros = new Float32Array(shape[0] * shape[1]);
    return { hidden: zeros, cell: zeros };
  }
  return {
    hidden: finite(state.hidden, "state.hidden", shape),
    cell: finite(state.cell, "state.cell", shape),
  };
}

function finite(
  tensor: Tensor | undefined,
  what: string,
  shape: readonly (number | undefined)[],
): Float32Array {
  const data = readTensor(tensor, what, Dtype.DTYPE_FLOAT32, shape);
  assertFiniteTensor(what, data);
  return data;
}

function toResponse(
  { mixture, reward, terminatedLogit, hidden, cell }: MdnRnnPrediction,
  rows: number,
  config: MdnRnnConfig,
): PredictResponse {
  const components = [rows, config.latentDim, config.mixtures];
  const units = [rows, config.hidden];
  return {
    mixture: {
      logits: toTensor(mixture.logits, components),
      mean: toTensor(mixture.mean, components),
      logStd: toTensor(mixture.logStd, components),
    },
    reward: reward && toTensor(reward, [rows]),
    terminatedLogit: terminatedLogit && toTensor(terminatedLogit, [rows]),
    nextState: { hidden: toTensor(hidden, units), cell: toTensor(cell, units) },
  };
}
