import { bytesOf, readTensor } from "@worldmodels/grpc-kit";
import type { Batch, EnvSpec, InfoColumn, ObservationArray } from "@worldmodels/env";
import type { Batch as BatchMessage } from "@worldmodels/proto/env";
import { Dtype } from "@worldmodels/proto/tensor";
import type { Tensor } from "@worldmodels/proto/tensor";

/**
 * A batch as it came; its arrays are views of the received message where they are aligned.
 *
 * @param hasFinals whether this is a reply to a step under SAME_STEP
 * @throws Error, one sentence, where the message does not fit the spec: the other side breaks the contract
 */
export function readBatch(message: BatchMessage, spec: EnvSpec, hasFinals: boolean): Batch {
  const rows = message.slots.length;
  const perRow = {
    rewards: message.rewards,
    terminated: message.terminated,
    truncated: message.truncated,
    statuses: message.statuses,
    episode_numbers: message.episodeNumbers,
    step_numbers: message.stepNumbers,
  };
  for (const [name, { length }] of Object.entries(perRow)) {
    if (length !== rows) throw new Error(`its batch of ${rows} slots has ${length} ${name}`);
  }
  const observations = readObservations(message.observations, spec, rows);
  return {
    slots: message.slots,
    observations,
    finalObservations: hasFinals ? readFinals(message, spec, observations) : undefined,
    rewards: Float64Array.from(message.rewards),
    terminated: bytesOf(message.terminated),
    truncated: bytesOf(message.truncated),
    statuses: bytesOf(message.statuses),
    episodeNumbers: Uint32Array.from(message.episodeNumbers),
    stepNumbers: Uint32Array.from(message.stepNumbers),
    info: readInfo(message, rows),
    endedEpisodes: message.endedEpisodes.map(({ slot, return: sum, length, seed }) => ({
      slot,
      return: sum,
      length,
      seed,
    })),
  };
}

/** Where no episode has ended, any content will do: only rows of ended episodes mean anything. */
function readFinals(
  message: BatchMessage,
  spec: EnvSpec,
  otherwise: Readonly<Record<string, ObservationArray>>,
): Readonly<Record<string, ObservationArray>> {
  if (message.endedEpisodes.length === 0) return otherwise;
  return readObservations(message.finalObservations, spec, message.slots.length);
}

function readObservations(
  tensors: Readonly<Record<string, Tensor>>,
  spec: EnvSpec,
  rows: number,
): Record<string, ObservationArray> {
  const read: Record<string, ObservationArray> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const described = spec.observations[name];
    if (described === undefined) throw new Error(`its observation "${name}" is not in its spec`);
    const shape = [rows, ...described.shape];
    const what = `its observation "${name}"`;
    switch (described.dtype) {
      case "uint8":
        read[name] = readTensor(tensor, what, Dtype.DTYPE_UINT8, shape);
        break;
      case "float32":
        read[name] = readTensor(tensor, what, Dtype.DTYPE_FLOAT32, shape);
        break;
      case "float64":
        read[name] = readTensor(tensor, what, Dtype.DTYPE_FLOAT64, shape);
        break;
    }
  }
  return read;
}

function readInfo({ info }: BatchMessage, rows: number): Record<string, InfoColumn> {
  const columns: Record<string, InfoColumn> = {};
  for (const [name, { values, present }] of Object.entries(info)) {
    if (values.length !== rows || present.length !== rows) {
      throw new Error(`its info "${name}" has ${values.length} values for ${rows} slots`);
    }
    columns[name] = { values: Float64Array.from(values), present: bytesOf(present) };
  }
  return columns;
}
