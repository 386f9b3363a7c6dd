import { assertFiniteTensor, readTensor, toTensor } from "@worldmodels/grpc-kit";
import type { Handlers } from "@worldmodels/grpc-kit";
import { stageCalls, startStage } from "@worldmodels/job-grpc";
import type { StageHost } from "@worldmodels/job-grpc";
import { assertRowCount, createRowMeter } from "@worldmodels/model-serving";
import type { ModelCache } from "@worldmodels/model-serving";
import type { EncoderServiceService } from "@worldmodels/proto/encoder";
import { Dtype } from "@worldmodels/proto/tensor";
import { FRAME } from "./vision-model.js";
import type { VisionModel } from "./vision-model.js";

/** EncoderService over a store's models; its training and encoding are jobs of `host`. */
export function createEncoderHandlers(
  models: ModelCache<VisionModel>,
  host: StageHost,
): Handlers<typeof EncoderServiceService> {
  const encoding = createRowMeter("vae", "encode");
  const decoding = createRowMeter("vae", "decode");
  return {
    encode: (request, { signal }) =>
      models.use(request.model, async ({ encode, latentSize }) => {
        const frames = readTensor(request.frames, "frames", Dtype.DTYPE_UINT8, [undefined, ...FRAME.shape]);
        const rows = frames.length / FRAME.size;
        assertRowCount("frames", rows);
        const { mean, logVariance } = await encoding(rows, () => encode(frames, rows, signal));
        const shape = [rows, latentSize];
        return { mean: toTensor(mean, shape), logVariance: toTensor(logVariance, shape) };
      }),
    decode: (request, { signal }) =>
      models.use(request.model, async ({ decode, latentSize }) => {
        const latent = readTensor(request.latent, "latent", Dtype.DTYPE_FLOAT32, [undefined, latentSize]);
        const rows = latent.length / latentSize;
        assertRowCount("latent", rows);
        assertFiniteTensor("latent", latent);
        const frames = await decoding(rows, () => decode(latent, rows, signal));
        return { frames: toTensor(frames, [rows, ...FRAME.shape]) };
      }),
    getModel: (request) =>
      models.use(request.model, async ({ ref, latentSize, parameters, observation, network }) => ({
        model: ref,
        latentSize,
        parameters: BigInt(parameters),
        observation,
        networkJson: JSON.stringify(network),
      })),
    trainEncoder: async (request, caller) => ({
      job: await startStage(host, "train-vae", stageCalls["train-vae"].fromRequest(request), caller),
    }),
    encodeEpisodes: async (request, caller) => ({
      job: await startStage(host, "encode", stageCalls.encode.fromRequest(request), caller),
    }),
  };
}
