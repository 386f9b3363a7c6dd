import type { EarlyStop } from "@worldmodels/agent";
import type { ArtifactStore } from "@worldmodels/artifacts";
import { checkEnvUri } from "@worldmodels/environments";
import { DomainError } from "@worldmodels/errors";
import { assertFiniteTensor, viewOf } from "@worldmodels/grpc-kit";
import type { EpisodeTask, EvaluateRequest } from "@worldmodels/proto/rollout";
import { Dtype } from "@worldmodels/proto/tensor";
import type { RolloutSetup, RolloutTask } from "@worldmodels/rollout-pool";
import { resolveStoredDream } from "./portable-setup.js";
import { readDriver } from "./read-driver.js";

/** Episodes of one call. */
export const MOST_TASKS = 100_000;
const MOST_SLOTS = 256;
const DEFAULT_SLOTS = 16;

/** What `Evaluate` asks for, as a rollout pool takes it. Each task's `index` is the message's. */
export interface Evaluation {
  readonly setup: RolloutSetup;
  readonly tasks: readonly RolloutTask[];
}

/**
 * Checks a request whole, before anything is played.
 *
 * @throws DomainError `invalid-argument` naming the first field that is wrong, with its value and bound; `not-found` for an
 *   environment or a model that is not there; `failed-precondition` for a model of another kind or size
 */
export async function readEvaluateRequest(
  request: EvaluateRequest,
  store: ArtifactStore,
): Promise<Evaluation> {
  checkEnvUri(request.env);
  const slots = request.slots === 0 ? DEFAULT_SLOTS : request.slots;
  if (slots > MOST_SLOTS) {
    throw wrong(`slots = ${slots} is above ${MOST_SLOTS}`);
  }
  checkTasks(request);
  const earlyStops = request.earlyStops.map(readEarlyStop);
  const driver = await readDriver(request.driver, store);
  const controllers =
    driver.type === "agent"
      ? request.controllers.map((bytes, i) => readController(bytes, i, driver.controller.parameterCount))
      : [];
  return {
    setup: { env: await resolveStoredDream(request.env, store), slots, driver },
    tasks: request.tasks.map((task) => toTask(task, controllers[task.controller], earlyStops)),
  };
}

function checkTasks({ tasks, driver, controllers, earlyStops }: EvaluateRequest): void {
  if (tasks.length === 0 || tasks.length > MOST_TASKS) {
    throw wrong(`tasks has ${tasks.length} episodes; a call plays 1 to ${MOST_TASKS}`);
  }
  if (driver?.$case !== "agent" && controllers.length > 0) {
    throw wrong(
      `controllers has ${controllers.length} entries, and a policy takes none; give an agent as driver`,
    );
  }
  const seen = new Set<number>();
  tasks.forEach(({ index, controller, earlyStop }, at) => {
    if (seen.has(index))
      throw wrong(`tasks[${at}].index = ${index} is another task's, too; number them apart`);
    seen.add(index);
    if (driver?.$case === "agent" && controller >= controllers.length) {
      throw wrong(
        `tasks[${at}].controller = ${controller}, and controllers has ${controllers.length} entries, counted from 0`,
      );
    }
    if (earlyStop !== undefined && earlyStop >= earlyStops.length) {
      throw wrong(
        `tasks[${at}].early_stop = ${earlyStop}, and early_stops has ${earlyStops.length} entries, counted from 0`,
      );
    }
  });
}

function readEarlyStop({ patience, idleReward, failureReward }: EarlyStop, at: number): EarlyStop {
  if (patience < 1) throw wrong(`early_stops[${at}].patience = ${patience} must be 1 or more steps`);
  for (const [name, value] of [
    ["idle_reward", idleReward],
    ["failure_reward", failureReward],
  ] as const) {
    if (!Number.isFinite(value)) throw wrong(`early_stops[${at}].${name} = ${value} is not a finite number`);
  }
  return { patience, idleReward, failureReward };
}

function readController(bytes: Uint8Array, at: number, parameterCount: number): Float64Array {
  if (bytes.byteLength !== 8 * parameterCount) {
    throw wrong(
      `controllers[${at}] has ${bytes.byteLength} bytes, and a controller of this shape has ${parameterCount} float64 numbers: ${8 * parameterCount} bytes`,
    );
  }
  const numbers = viewOf(bytes, Dtype.DTYPE_FLOAT64) as Float64Array;
  assertFiniteTensor(`controllers[${at}]`, numbers);
  return numbers;
}

function toTask(
  { index, seed, policySeed, earlyStop }: EpisodeTask,
  controller: Float64Array | undefined,
  earlyStops: readonly EarlyStop[],
): RolloutTask {
  const stop = earlyStop === undefined ? undefined : earlyStops[earlyStop];
  return {
    index,
    seed,
    policySeed,
    ...(controller && { controller }),
    ...(stop && { earlyStop: stop }),
  };
}

function wrong(sentence: string): DomainError {
  return new DomainError("invalid-argument", sentence);
}
