import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig, RecurrentState } from "@worldmodels/mdn-rnn";
import { buildDreamStepGraph } from "./dream-step-graph.js";
import { createFixedSession, floatsOf } from "./fixed-session.js";
import type { TrainedNetwork } from "./trained-network.js";

/** M dreaming at one temperature, one step at a time. The caller keeps the state and draws the random numbers. */
export interface DreamStepper {
  /** M's sizes and heads. */
  readonly config: MdnRnnConfig;
  readonly temperature: number;
  /** Rows of every call, whatever is in them: a row's bytes do not depend on its place or its company. */
  readonly batch: number;
  /** `[batch, ...]`, to be filled before each step; `uniform` and `normal` as `drawMixture` takes them. */
  readonly inputs: RecurrentState & {
    readonly latent: Float32Array;
    readonly action: Float32Array;
    /** Where M reads it. */
    readonly restart: Float32Array | undefined;
    readonly uniform: Float32Array;
    readonly normal: Float32Array;
  };
  /** @returns `[batch, ...]`, always the same arrays, rewritten by each step */
  step(): Promise<
    RecurrentState & {
      readonly latent: Float32Array;
      readonly reward: Float32Array | undefined;
      readonly terminatedLogit: Float32Array | undefined;
    }
  >;
  close(): Promise<void>;
}

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
