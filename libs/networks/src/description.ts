/**
 * A network as data: the one source of the parameter count, the named weights, the tfjs trainer and the ONNX
 * graph. A network is a few chains of layers; a chain starts from an input or from the end of another chain.
 */
export interface NetworkDescription {
  /** Input name to shape without the batch axis, e.g. `{ frames: [64, 64, 3] }`; images are height, width, channels. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** In order: a chain may start only from inputs and earlier chains. */
  readonly chains: readonly Chain[];
}

export interface Chain {
  /** Also the name of the chain's output, and the first part of its weights' names. */
  readonly name: string;
  /** An input or an earlier chain; several are concatenated along the last axis. */
  readonly from: string | readonly string[];
  readonly layers: readonly Layer[];
}

export type Activation = "linear" | "relu" | "sigmoid" | "tanh";

/**
 * One layer. Weights are named `chain/layer/kernel` and `chain/layer/bias`, with these shapes:
 * conv2d kernel `[k, k, in, out]`; conv2d-transpose kernel `[k, k, out, in]`; dense kernel `[in, out]`;
 * lstm kernel `[in + units, 4 * units]` with gates in the order input, candidate, forget, output, and one bias
 * vector `[4 * units]`. Convolutions have no padding ("valid").
 */
export type Layer =
  | {
      readonly type: "conv2d" | "conv2d-transpose";
      readonly name: string;
      readonly filters: number;
      readonly kernel: number;
      readonly stride: number;
      readonly activation: Activation;
    }
  | {
      readonly type: "dense";
      readonly name: string;
      readonly units: number;
      readonly activation: Activation;
      /** Whether a bias is added; default true. */
      readonly bias?: boolean;
    }
  | {
      readonly type: "lstm";
      readonly name: string;
      readonly units: number;
      /** Added to the forget gate before its sigmoid; not a parameter. */
      readonly forgetBias: number;
    }
  | { readonly type: "reshape"; readonly shape: readonly number[] };

/** Float32 weights by name, row-major. */
export type NamedWeights = Readonly<Record<string, WeightTensor>>;

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
