import { DomainError } from "@worldmodels/errors";
import { outputShapes } from "@worldmodels/networks";
import type { Layer, NetworkDescription } from "@worldmodels/networks";

/** M's sizes and options, with the paper's CarRacing values as `defaultMdnRnnConfig`. */
export interface MdnRnnConfig {
  /** Length of `z`. */
  readonly latentDim: number;
  /** Numbers per action. */
  readonly actionSize: number;
  /** LSTM units. */
  readonly hidden: number;
  /** Gaussians per latent dimension. Each dimension has a mixture of its own. */
  readonly mixtures: number;
  /** Also read a flag that is 1 on the first frame of an episode (Doom). */
  readonly restartInput: boolean;
  /** Also predict the reward of the step. */
  readonly rewardHead: boolean;
  /** Also predict, as a logit, whether the step ends the episode. */
  readonly terminatedHead: boolean;
}

export const defaultMdnRnnConfig: MdnRnnConfig = {
  latentDim: 32,
  actionSize: 3,
  hidden: 256,
  mixtures: 5,
  restartInput: false,
  rewardHead: false,
  terminatedHead: false,
};

/**
 * The paper's mixture-density recurrent network: 422,368 parameters for CarRacing, 1,678,785 for Doom (z = 64,
 * one action, restart input, 512 units, terminated head).
 *
 * Inputs: `latent`, `action` and, where asked for, `restart` `[1]`, concatenated in that order. Chains: `lstm`
 * (`[hidden]`), and from it `mixture` (`[3 * latentDim * mixtures]`), `reward` (`[1]`), `terminated` (`[1]`, a logit).
 * The mixture's output is three blocks one after another, logits, means, log standard deviations, each
 * `[latentDim, mixtures]` row-major: see `splitMixture`.
 */
export function mdnRnnNetwork(config: MdnRnnConfig): NetworkDescription {
  const wrong = wrongSize(config);
  if (wrong !== undefined) {
    throw new DomainError(
      "invalid-argument",
      `${wrong} is ${config[wrong]} and must be a whole number of at least 1`,
    );
  }
  const { latentDim, actionSize, hidden, mixtures, restartInput, rewardHead, terminatedHead } = config;
  const head = (name: string, units: number) => ({ name, from: "lstm", layers: [dense(units)] });
  return {
    inputs: { latent: [latentDim], action: [actionSize], ...(restartInput && { restart: [1] }) },
    chains: [
      {
        name: "lstm",
        from: restartInput ? ["latent", "action", "restart"] : ["latent", "action"],
        layers: [{ type: "lstm", name: "cell", units: hidden, forgetBias: 1 }],
      },
      head("mixture", 3 * latentDim * mixtures),
      ...(rewardHead ? [head("reward", 1)] : []),
      ...(terminatedHead ? [head("terminated", 1)] : []),
    ],
  };
}

/**
 * Reads the sizes back from a description made by `mdnRnnNetwork`, e.g. one that was stored beside its weights.
 *
 * @throws DomainError `invalid-argument` where the description is not that of an MDN-RNN
 */
export function mdnRnnConfigOf(network: NetworkDescription): MdnRnnConfig {
  const shapes = outputShapes(network);
  const [latentDim = 0] = network.inputs["latent"] ?? [];
  const [actionSize = 0] = network.inputs["action"] ?? [];
  const [hidden = 0] = shapes["lstm"] ?? [];
  const [mixtureSize = 0] = shapes["mixture"] ?? [];
  const config = {
    latentDim,
    actionSize,
    hidden,
    mixtures: mixtureSize / (3 * latentDim),
    restartInput: "restart" in network.inputs,
    rewardHead: "reward" in shapes,
    terminatedHead: "terminated" in shapes,
  };
  if (wrongSize(config) !== undefined || !sameJson(mdnRnnNetwork(config), network)) {
    throw new DomainError(
      "invalid-argument",
      `a network with inputs ${Object.keys(network.inputs).join(", ")} and chains ${Object.keys(shapes).join(", ")} ` +
        "is not an MDN-RNN as mdnRnnNetwork makes it",
    );
  }
  return config;
}

const sizes = ["latentDim", "actionSize", "hidden", "mixtures"] as const;

function wrongSize(config: MdnRnnConfig): (typeof sizes)[number] | undefined {
  return sizes.find((key) => !Number.isSafeInteger(config[key]) || config[key] < 1);
}

function dense(units: number): Layer {
  return { type: "dense", name: "dense", units, activation: "linear" };
}

/** Equal as data, whatever the order of keys. */
function sameJson(a: unknown, b: unknown): boolean {
  const ordered = (_key: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  return JSON.stringify(a, ordered) === JSON.stringify(b, ordered);
}
