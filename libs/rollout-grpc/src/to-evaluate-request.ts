import { PAPER_HOLD } from "@worldmodels/agent";
import type { EarlyStop } from "@worldmodels/agent";
import { DomainError } from "@worldmodels/errors";
import { bytesOf } from "@worldmodels/grpc-kit";
import type { EpisodeTask, EvaluateRequest } from "@worldmodels/proto/rollout";
import type { AgentDriver, PolicyDriver, RolloutSetup, RolloutTask } from "@worldmodels/rollout-pool";
import { toWireFeatures } from "./controller-features.js";

/** The part of a request that all calls of a pool share. */
export type SetupMessage = Pick<EvaluateRequest, "env" | "driver" | "slots">;

/**
 * A setup as a rollout service takes it. Models travel as references: they are in its store, or are put there first.
 *
 * @throws Error for a setup that only local workers can play
 */
export function toSetupMessage({ env, slots, driver, record }: RolloutSetup): SetupMessage {
  if (record !== undefined) {
    throw new Error("episodes are recorded by the rollout service's own job, not through Evaluate");
  }
  return {
    env,
    slots,
    driver:
      driver.type === "policy"
        ? { $case: "policy", value: { kind: kindAlone(driver) } }
        : { $case: "agent", value: toAgentMessage(driver) },
  };
}

function toAgentMessage({ vae, mdnRnn, controller }: AgentDriver) {
  if (mdnRnn === undefined) {
    throw new Error(
      "a rollout service needs M for C's sizes, also where C sees z alone; resolveDriver gives it",
    );
  }
  const { features, hiddenUnits, bias } = controller;
  return {
    vae,
    mdnRnn,
    controller: { features: toWireFeatures(features), hidden: hiddenUnits, withoutBias: !bias },
  };
}

/**
 * Asks for some tasks of a list. A controller or an early stop that several of them share travels once.
 *
 * @param chosen places in `tasks`; they name the results
 */
export function toEvaluateRequest(
  setup: SetupMessage,
  tasks: readonly RolloutTask[],
  chosen: readonly number[],
): EvaluateRequest {
  const controllers = new Map<Float64Array, number>();
  const earlyStops = new Map<string, { readonly place: number; readonly stop: EarlyStop }>();
  const placeOf = (controller: Float64Array | undefined): number => {
    if (controller === undefined) return 0;
    const place = controllers.get(controller) ?? controllers.size;
    controllers.set(controller, place);
    return place;
  };
  const stopPlaceOf = (stop: EarlyStop | undefined): number | undefined => {
    if (stop === undefined) return undefined;
    const key = `${stop.patience} ${stop.idleReward} ${stop.failureReward}`;
    const place = earlyStops.get(key)?.place ?? earlyStops.size;
    earlyStops.set(key, { place, stop });
    return place;
  };
  const messages = chosen.flatMap((index): EpisodeTask[] => {
    const task = tasks[index];
    if (task === undefined) return [];
    const { seed, policySeed = 0n, controller, earlyStop } = task;
    return [{ index, seed, policySeed, controller: placeOf(controller), earlyStop: stopPlaceOf(earlyStop) }];
  });
  return {
    ...setup,
    tasks: messages,
    controllers: [...controllers.keys()].map((controller) => bytesOf(controller)),
    earlyStops: [...earlyStops.values()].map(({ stop }) => stop),
  };
}

/** @throws DomainError `unimplemented` for a hold of its own, which the message has no field for */
function kindAlone({ kind, hold = PAPER_HOLD }: PolicyDriver): string {
  if (hold === PAPER_HOLD) return kind;
  throw new DomainError(
    "unimplemented",
    `a rollout service holds actions for ${PAPER_HOLD} steps at most, not ${hold}; leave the hold out`,
  );
}
