import { createFeatureModel } from "@worldmodels/agent";
import type { AgentModel } from "@worldmodels/agent";
import { createArtifactStore, loadModel } from "@worldmodels/artifacts";
import { actionSize } from "@worldmodels/env";
import type { VectorEnv } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { createAgentModel } from "@worldmodels/inference";
import { RECORDED_OBSERVATION } from "./episode-recorder.js";
import type { AgentDriver } from "./rollouts.js";

/**
 * What C sees through: V and M where the environment shows pixels; its own latents and state where it is a dream.
 *
 * @returns the caller closes it
 * @throws DomainError `failed-precondition` where the environment shows nothing that V reads; as `loadModel` does
 */
export async function createModelFor(
  driver: AgentDriver,
  env: VectorEnv,
): Promise<AgentModel & { close(): Promise<void> }> {
  const batch = env.numEnvs;
  const { z, hidden, cell } = env.spec.observations;
  const { features } = driver.controller;
  if (env.spec.kind === "DREAM" && z !== undefined && hidden !== undefined && cell !== undefined) {
    const model = createFeatureModel({
      batch,
      latentDim: z.shape[0] ?? 0,
      hiddenDim: features === "z" ? 0 : (hidden.shape[0] ?? 0),
      names: {
        latent: "z",
        ...(features !== "z" && { hidden: "hidden" }),
        ...(features === "zch" && { cell: "cell" }),
      },
    });
    return { ...model, close: () => Promise.resolve() };
  }
  if (env.spec.observations[RECORDED_OBSERVATION] === undefined) {
    throw new DomainError(
      "failed-precondition",
      `${env.spec.id} does not show ${RECORDED_OBSERVATION}, which V reads; choose an environment that does`,
    );
  }
  const store = createArtifactStore(driver.store);
  const vae = await loadModel(store, driver.vae, {
    kind: "vae",
    config: { observation: RECORDED_OBSERVATION },
  });
  const mdnRnn =
    features !== "z" &&
    driver.mdnRnn &&
    (await loadModel(store, driver.mdnRnn, {
      kind: "mdn-rnn",
      config: { latentDim: vae.config["latentDim"] ?? 0, actionSize: actionSize(env.spec.action) },
    }));
  return createAgentModel({
    vae,
    ...(mdnRnn && { mdnRnn }),
    batch,
    observation: RECORDED_OBSERVATION,
  });
}
