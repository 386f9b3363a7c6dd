import type { MdnRnnStepper } from "@worldmodels/inference";

/**
 * An M whose every number is known beforehand: h counts the steps since the zero state, c sums up the actions. Its
 * reward is the restart flag that it was given, its terminated logit the first number of z, and its next z is
 * `nextLatent` of both, up to a noise of e^-7.
 */
export function createCountingStepper(
  options: {
    readonly batch?: number;
    readonly nextLatent?: (given: { latent: number; action: number; hidden: number }) => number;
  } = {},
): MdnRnnStepper {
  const { batch = 2, nextLatent = ({ latent, action }) => latent + action } = options;
  const latentDim = 2;
  return {
    config: {
      latentDim,
      actionSize: 1,
      hidden: 1,
      mixtures: 1,
      restartInput: true,
      rewardHead: true,
      terminatedHead: true,
    },
    batch,
    step({ latent, action, restart = new Float32Array(action.length) }, state) {
      if (action.length > batch) throw new RangeError(`${action.length} rows are more than ${batch}`);
      const hidden = state.hidden.map((value) => value + 1);
      return Promise.resolve({
        hidden,
        cell: state.cell.map((value, row) => value + (action[row] ?? NaN)),
        mixture: {
          logits: new Float32Array(latent.length),
          mean: latent.map((value, i) => {
            const row = Math.floor(i / latentDim);
            return nextLatent({ latent: value, action: action[row] ?? NaN, hidden: hidden[row] ?? NaN });
          }),
          logStd: new Float32Array(latent.length).fill(-7),
        },
        reward: Float32Array.from(restart),
        terminatedLogit: Float32Array.from(action, (_, row) => latent[row * latentDim] ?? NaN),
      });
    },
    close: () => Promise.resolve(),
  };
}
