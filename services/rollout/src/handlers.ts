import type { Handlers } from "@worldmodels/grpc-kit";
import { stageCalls, startStage } from "@worldmodels/job-grpc";
import type { StageHost } from "@worldmodels/job-grpc";
import type { RolloutServiceService } from "@worldmodels/proto/rollout";
import type { EvaluateHandler } from "@worldmodels/rollout-grpc";

/** RolloutService: episodes at once by `evaluations`, recordings and judgements as jobs of `host`. */
export function createRolloutHandlers(
  { evaluate }: EvaluateHandler,
  host: StageHost,
): Handlers<typeof RolloutServiceService> {
  return {
    evaluate,
    collect: async (request, caller) => ({
      job: await startStage(host, "collect", stageCalls.collect.fromRequest(request), caller),
    }),
    scoreController: async (request, caller) => ({
      job: await startStage(host, "evaluate", stageCalls.evaluate.fromRequest(request), caller),
    }),
  };
}
