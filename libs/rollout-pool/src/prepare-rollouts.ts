import {
  createAgentDriver,
  createPolicy,
  createPolicyDriver,
  defaultActionMapping,
  runEpisodes,
} from "@worldmodels/agent";
import type { Driver } from "@worldmodels/agent";
import { actionSize } from "@worldmodels/env";
import type { VectorEnv } from "@worldmodels/env";
import { isPlacedEnv, openEnv } from "@worldmodels/environments";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { createRng } from "@worldmodels/rng";
import { childContext, counter, envLabel } from "@worldmodels/telemetry";
import { createModelFor } from "./create-model-for.js";
import { createEpisodeRecorder } from "./episode-recorder.js";
import type { RolloutResult, RolloutSetup, RolloutTask } from "./rollouts.js";
import { createTaskQueue } from "./task-queue.js";

/** A task as the episode loop takes it, with a name that no other task of this worker has. */
type Task = RolloutTask & { readonly id: number };

/**
 * Makes everything that one worker needs (environment, V, M, C, recorder) and starts its episode loop, which
 * waits for tasks for ever.
 *
 * @returns plays one task; many may be under way
 */
export async function prepareRollouts(
  setup: RolloutSetup,
  addSteps: (steps: number) => void,
): Promise<(task: RolloutTask) => Promise<RolloutResult>> {
  const env = await openEnv(setup.env, { numEnvs: setup.slots, observations: "all", processes: 1 });
  const recorder = setup.record && (await createEpisodeRecorder(setup.record, env));
  const driver = await createDriver(setup, env);
  const queue = createTaskQueue<Task>();
  const waiting = new Map<number, Waiter>();
  let tasksTaken = 0;

  const settle = async (result: RolloutResult) => {
    const id = Number(result.id);
    const waiter = waiting.get(id);
    waiting.delete(id);
    try {
      await recorder?.written(id);
      // The worker's own number is nobody else's business, and would make equal results differ.
      waiter?.resolve({ ...result, id: waiter.index });
    } catch (error) {
      waiter?.reject(error);
    }
  };
  const labels = { env: envLabel(env.spec.id), by: childContext().by };
  const [steps, episodes] = [
    counter("worldmodels_env_steps_total", labels),
    counter("worldmodels_env_episodes_total", labels),
  ];
  const playForEver = async () => {
    for await (const result of runEpisodes({ env, driver, tasks: queue, watcher: recorder })) {
      steps.add(result.length);
      episodes.add(1);
      addSteps(result.length);
      void settle(result);
    }
  };
  playForEver().catch((error: unknown) => {
    // A service that was lost may be back at once: another worker opens its environment anew, and plays these episodes again.
    const isLost = isDomainError(error, "unavailable") || isDomainError(error, "deadline-exceeded");
    if (isLost && isPlacedEnv(setup.env)) {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    }
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });

  return (task) =>
    new Promise((resolve, reject) => {
      const id = tasksTaken++;
      waiting.set(id, { index: task.index, resolve, reject });
      queue.push({ ...task, id });
    });
}

interface Waiter {
  readonly index: number;
  resolve(result: RolloutResult): void;
  reject(error: unknown): void;
}

async function createDriver(setup: RolloutSetup, env: VectorEnv): Promise<Driver<Task>> {
  const { driver, slots } = setup;
  const { action } = env.spec;
  if (driver.type === "policy") {
    return createPolicyDriver<Task>({
      batch: slots,
      actionSize: actionSize(action),
      createPolicy: ({ policySeed = 0n }) =>
        createPolicy(driver.kind, action, createRng(policySeed), driver.hold),
    });
  }
  const model = await createModelFor(driver, env);
  const agent = createAgentDriver({ model, shape: driver.controller, mapping: defaultActionMapping(action) });
  // The loop's tasks carry their controller as an option, since policies need none.
  return {
    ...agent,
    begin(slot, { controller }) {
      if (controller === undefined)
        throw new DomainError("invalid-argument", "a task for an agent came without C");
      agent.begin(slot, { controller });
    },
  };
}
