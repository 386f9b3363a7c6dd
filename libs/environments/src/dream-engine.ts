import { loadModel } from "@worldmodels/artifacts";
import type { LoadedModel } from "@worldmodels/artifacts";
import { resolveSettings } from "@worldmodels/config";
import { createDreamEngine, dreamSettings } from "@worldmodels/dream";
import type { DreamDecoder } from "@worldmodels/dream";
import type { Engine } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { createDecoder, createDreamStepper } from "@worldmodels/inference";
import type { Decoder } from "@worldmodels/inference";
import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import { loadDreamStarts } from "./dream-starts.js";
import type { EngineRequest } from "./env-kind.js";
import { findDream } from "./find-dream.js";

/**
 * Rows that each call of M computes, whatever the number of slots: kernels may round otherwise for another batch, and
 * an episode must not depend on how many are dreamt beside it. ONNX Runtime's product takes 12 rows at a time: a row of
 * TakeCover's M costs 36 µs in calls of 16, 30 in calls of 24 and 27 in calls of 48, but when most episodes of a
 * generation have ended, calls of 24 waste half as much.
 */
const BATCH = 24;

/** The same for the decoder: pictures are asked for one by one. */
const PICTURES = 4;

/**
 * M of a run or of a `dream` artifact as an engine. A module of its own, so that ONNX Runtime is loaded when a dream is
 * opened and not before.
 *
 * @throws DomainError as `findDream` does; `failed-precondition` where the models do not fit each other
 */
export async function createDream({ id, settings, numEnvs }: EngineRequest): Promise<Engine> {
  if (id.startsWith("pretrained:")) {
    throw new DomainError(
      "unimplemented",
      `dream:${id}: pretrained models come with a later version; name the folder of a run, as in dream:runs/quick`,
    );
  }
  const { store, refs } = await findDream(id);
  const vae = await loadModel(store, refs.vae, { kind: "vae" });
  const mdnRnn = await loadModel(store, refs.mdnRnn, { kind: "mdn-rnn" });
  const starts = await loadDreamStarts(store, refs.starts);
  const config = mdnRnnConfigOf(mdnRnn.network);
  const latentDim = vae.network.inputs["latent"]?.[0];
  if (config.latentDim !== latentDim || config.latentDim !== starts.latentDim) {
    throw new DomainError(
      "failed-precondition",
      `dream:${id}: z has ${config.latentDim} numbers for M, ${latentDim} for V and ${starts.latentDim} for the ` +
        "dream's first frames; they must come from one run",
    );
  }
  const { latents: startLatents, ...recorded } = starts;
  const dream = resolveSettings(dreamSettings, settings, `dream:${id}`);
  const model = await createDreamStepper({ mdnRnn, batch: BATCH, temperature: dream.temperature });
  try {
    return createDreamEngine({
      id: `dream:${id}`,
      numEnvs,
      model,
      decoder: createLazyDecoder(vae),
      startLatents,
      recorded,
      settings: dream,
      versions: { "mdn-rnn": mdnRnn.ref.digest, vae: vae.ref.digest },
    });
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** A decoder that takes its memory when a picture is first asked for: most dreams are never looked at. */
function createLazyDecoder(vae: LoadedModel): DreamDecoder {
  let decoder: Promise<Decoder> | undefined;
  return {
    batch: PICTURES,
    decode: async (latent) => {
      decoder ??= createDecoder({ vae, batch: PICTURES });
      return (await decoder).decode(latent);
    },
    close: async () => {
      await (await decoder)?.close();
    },
  };
}
