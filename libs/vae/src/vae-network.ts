import { DomainError } from "@worldmodels/errors";
import type { Activation, Layer, NetworkDescription } from "@worldmodels/networks";

/** Height, width and channels of the frames that V sees. */
export const FRAME_SHAPE = [64, 64, 3] as const;

/** V's numbers, with the paper's values as `defaultVaeConfig`. */
export interface VaeConfig {
  /** Length of `z`; the paper has 32 for CarRacing and 64 for Doom. */
  readonly latentDim: number;
  /** Nats per latent dimension below which a frame's summed KL divergence costs nothing more; 0.5 in the paper. */
  readonly klTolerance: number;
  /** Adam's step size; 1e-4 in the paper. */
  readonly learningRate: number;
}

export const defaultVaeConfig: VaeConfig = { latentDim: 32, klTolerance: 0.5, learningRate: 1e-4 };

/**
 * The paper's convolutional autoencoder (Ha & Schmidhuber 2018, appendix): 4,348,547 parameters at z = 32 and
 * 4,446,915 at z = 64.
 *
 * Inputs: `frames`, `[64, 64, 3]` scaled to [0, 1]; `latent`, `[latentDim]`. Chains: `encoder` (1024 features), from
 * it `mean` and `logVariance` (`[latentDim]` each), and `decoder`, from `latent` to `[64, 64, 3]` in [0, 1].
 * Between encoder and decoder stands the draw z = mean + exp(logVariance / 2) · ε, which is not a layer.
 */
export function vaeNetwork({ latentDim }: Pick<VaeConfig, "latentDim">): NetworkDescription {
  if (!Number.isSafeInteger(latentDim) || latentDim < 1) {
    throw new DomainError(
      "invalid-argument",
      `latentDim is ${latentDim} and must be a whole number of at least 1`,
    );
  }
  return {
    inputs: { frames: FRAME_SHAPE, latent: [latentDim] },
    chains: [
      {
        name: "encoder",
        from: "frames",
        layers: [
          convolution("conv2d", "conv1", 32, 4),
          convolution("conv2d", "conv2", 64, 4),
          convolution("conv2d", "conv3", 128, 4),
          convolution("conv2d", "conv4", 256, 4),
          { type: "reshape", shape: [1024] },
        ],
      },
      { name: "mean", from: "encoder", layers: [dense(latentDim)] },
      { name: "logVariance", from: "encoder", layers: [dense(latentDim)] },
      {
        name: "decoder",
        from: "latent",
        layers: [
          dense(1024),
          { type: "reshape", shape: [1, 1, 1024] },
          convolution("conv2d-transpose", "deconv1", 128, 5),
          convolution("conv2d-transpose", "deconv2", 64, 5),
          convolution("conv2d-transpose", "deconv3", 32, 6),
          convolution("conv2d-transpose", "deconv4", 3, 6, "sigmoid"),
        ],
      },
    ],
  };
}

function convolution(
  type: "conv2d" | "conv2d-transpose",
  name: string,
  filters: number,
  kernel: number,
  activation: Activation = "relu",
): Layer {
  return { type, name, filters, kernel, stride: 2, activation };
}

function dense(units: number): Layer {
  return { type: "dense", name: "dense", units, activation: "linear" };
}
