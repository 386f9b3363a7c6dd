import { loadModel, openRunStore, readRunManifest, requireRole } from "@worldmodels/artifacts";
import type { LoadedModel } from "@worldmodels/artifacts";
import { resolveSettings } from "@worldmodels/config";
import { createDreamEngine, dreamSettings } from "@worldmodels/dream";
import type { DreamDecoder } from "@worldmodels/dream";
import type { Engine } from "@worldmodels/env";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { createDecoder, createMdnRnnStepper } from "@worldmodels/inference";
import type { Decoder } from "@worldmodels/inference";
import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import { DREAM_STARTS, loadDreamStarts } from "./dream-starts.js";
import type { EngineRequest, EnvKind } from "./env-kind.js";

/**
 * Rows of each call of M and of the decoder, whatever the number of slots: kernels may round otherwise for another
 * batch, and an episode must not depend on how many are dreamt beside it.
 */
const BATCH = 16;

/** `dream:RUN`: M of a run folder, as an environment. */
export const dreamKind: EnvKind = {
  scheme: "dream",
  id: "dream:RUN",
  doc: "What M of a run imagines; RUN is the run's folder",
  settings: dreamSettings,
  actionBounds: "refuse",
  createEngine,
};

async function createEngine({ id, settings, numEnvs }: EngineRequest): Promise<Engine> {
  if (id.startsWith("pretrained:")) {
    throw new DomainError(
      "unimplemented",
      `dream:${id}: pretrained models come with a later version; name the folder of a run, as in dream:runs/quick`,
    );
  }
  const manifest = await readRunManifest(id).catch((cause: unknown) => {
    if (!isDomainError(cause, "not-found")) throw cause;
    const sentence = `dream:${id}: there is no run in the folder "${id}"; name a folder that --run-dir named`;
    throw new DomainError("not-found", sentence, { cause });
  });
  const store = openRunStore(id);
  const refs = {
    vae: requireRole(manifest, "vae", id),
    mdnRnn: requireRole(manifest, "mdn-rnn", id),
    starts: requireRole(manifest, DREAM_STARTS, id),
  };
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
  const stepper = await createMdnRnnStepper({ mdnRnn, batch: BATCH });
  try {
    return createDreamEngine({
      id: `dream:${id}`,
      numEnvs,
      model: {
        config,
        batch: BATCH,
        step: (input, state) => stepper.step(input, state),
        close: () => stepper.close(),
      },
      decoder: createLazyDecoder(vae),
      startLatents: starts.latents,
      action: starts.action,
      tickSeconds: starts.tickSeconds,
      settings: resolveSettings(dreamSettings, settings, `dream:${id}`),
      versions: { "mdn-rnn": mdnRnn.ref.digest, vae: vae.ref.digest },
    });
  } catch (error) {
    await stepper.close();
    throw error;
  }
}

/** A decoder that takes its memory when a picture is first asked for: most dreams are never looked at. */
function createLazyDecoder(vae: LoadedModel): DreamDecoder {
  let decoder: Promise<Decoder> | undefined;
  return {
    batch: BATCH,
    decode: async (latent) => {
      decoder ??= createDecoder({ vae, batch: BATCH });
      return (await decoder).decode(latent);
    },
    close: async () => {
      await (await decoder)?.close();
    },
  };
}
