import type { Handlers } from "@worldmodels/grpc-kit";
import { stageCalls, startStage } from "@worldmodels/job-grpc";
import type { StageHost } from "@worldmodels/job-grpc";
import type { ModelCache } from "@worldmodels/model-serving";
import type { PredictorServiceService } from "@worldmodels/proto/predictor";
import type { MemoryModel } from "./memory-model.js";
import { predict, sample } from "./predict.js";

/** PredictorService over a store's models; its training is a job of `host`. */
export function createPredictorHandlers(
  models: ModelCache<MemoryModel>,
  host: StageHost,
): Handlers<typeof PredictorServiceService> {
  return {
    predict: (request, { signal }) => models.use(request.model, (model) => predict(model, request, signal)),
    sample: (request, { signal }) =>
      models.use(request.step?.model ?? "", (model) => sample(model, request, signal)),
    getModel: (request) =>
      models.use(request.model, async ({ ref, config, parameters, network }) => ({
        model: ref,
        latentSize: config.latentDim,
        actionSize: config.actionSize,
        hiddenSize: config.hidden,
        components: config.mixtures,
        hasRewardHead: config.rewardHead,
        hasTerminatedHead: config.terminatedHead,
        parameters: BigInt(parameters),
        networkJson: JSON.stringify(network),
      })),
    trainPredictor: async (request, caller) => ({
      job: await startStage(host, "train-mdn-rnn", stageCalls["train-mdn-rnn"].fromRequest(request), caller),
    }),
  };
}
