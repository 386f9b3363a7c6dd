import type { DreamModel } from "@worldmodels/dream";
import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import { buildDreamStepGraph } from "./dream-step-graph.js";
import { createFixedSession, floatsOf } from "./fixed-session.js";
import type { TrainedNetwork } from "./trained-network.js";

/** M dreaming at one temperature, in ONNX Runtime; `step` gives always the same arrays. */
export type DreamStepper = DreamModel & { close(): Promise<void> };

/** @throws DomainError `invalid-argument` where the weights do not fit the network, or it is not an MDN-RNN */
export async function createDreamStepper(options: {
  readonly mdnRnn: TrainedNetwork;
  readonly batch: number;
  readonly temperature: number;
}): Promise<DreamStepper> {
  const { mdnRnn, batch, temperature } = options;
  const config = mdnRnnConfigOf(mdnRnn.network);
  const session = await createFixedSession(buildDreamStepGraph(mdnRnn, { batch, temperature }));
  const input = (name: string) => floatsOf(session.inputs, name);
  const output = (name: string) => floatsOf(session.outputs, name);
  const outputs = {
    latent: output("nextLatent"),
    hidden: output("nextHidden"),
    cell: output("nextCell"),
    reward: config.rewardHead ? output("reward") : undefined,
    terminatedLogit: config.terminatedHead ? output("terminated") : undefined,
  };
  return {
    config,
    temperature,
    batch,
    inputs: {
      latent: input("latent"),
      action: input("action"),
      restart: config.restartInput ? input("restart") : undefined,
      hidden: input("hidden"),
      cell: input("cell"),
      uniform: input("uniform"),
      normal: input("normal"),
    },
    async step() {
      await session.run();
      return outputs;
    },
    close: () => session.close(),
  };
}
