import { createAgentDriver, defaultActionMapping } from "@worldmodels/agent";
import { loadModel } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { openEnv } from "@worldmodels/environments";
import { createAgentModel } from "@worldmodels/inference";
import type { FilmData } from "@worldmodels/report";
import { RECORDED_OBSERVATION } from "@worldmodels/rollout-pool";
import type { loadController } from "./controller-model.js";

const WIDTH = 192;
const HEIGHT = 128;
/** A picture every so many steps: 12.5 a second of simulated time. */
const STEPS_APART = 4;

export interface FilmOptions {
  readonly store: ArtifactStore;
  readonly env: string;
  /** As the caption calls the environment. */
  readonly envName: string;
  readonly seed: bigint;
  readonly models: { readonly vae: ArtifactRef; readonly mdnRnn?: ArtifactRef };
  readonly controller: Awaited<ReturnType<typeof loadController>>;
  /** Slots that the evaluation had: the same batch gives the same episode. */
  readonly slots: number;
  readonly signal: AbortSignal;
  readonly onStep: (step: number, steps: number) => void;
}

/** Drives one episode again and takes pictures of it. */
export async function makeFilm(options: FilmOptions): Promise<FilmData> {
  const { store, seed, models, controller, slots, signal } = options;
  const env = await openEnv(options.env, { numEnvs: slots, observations: [RECORDED_OBSERVATION] });
  const { action, maxEpisodeSteps, tickSeconds } = env.spec;
  try {
    const vae = await loadModel(store, models.vae, { kind: "vae" });
    const mdnRnn = models.mdnRnn && (await loadModel(store, models.mdnRnn, { kind: "mdn-rnn" }));
    const model = await createAgentModel({ vae, mdnRnn, batch: slots });
    const driver = createAgentDriver({
      model,
      shape: controller.shape,
      mapping: defaultActionMapping(action),
    });
    const pictures: Uint8Array[] = [];
    const steps: number[] = [];
    const rewardSoFar: number[] = [];
    const actions: number[][] = [];
    let total = 0;
    let batch = await env.reset({ slots: [0], seeds: [seed] });
    driver.begin(0, { controller: controller.parameters });
    driver.see(0, batch.observations, 0);
    for (let step = 0, ended = false; !ended; step++) {
      signal.throwIfAborted();
      const taken = (await driver.act()).subarray(0, driver.actionSize);
      if (step % STEPS_APART === 0) {
        pictures.push(await env.render(0, { width: WIDTH, height: HEIGHT }));
        steps.push(step);
        rewardSoFar.push(total);
        actions.push([...taken]);
      }
      batch = await env.step(taken, { slots: [0] });
      driver.see(0, batch.observations, 0);
      total += batch.rewards[0] ?? 0;
      ended = batch.terminated[0] === 1 || batch.truncated[0] === 1;
      options.onStep(step, maxEpisodeSteps ?? step);
    }
    await model.close();
    const data = new Uint8Array(pictures.length * HEIGHT * WIDTH * 3);
    pictures.forEach((picture, index) => {
      data.set(picture, index * picture.length);
    });
    return {
      label: `${options.envName}, seed ${seed}, the track of the median score: ${total.toFixed(0)} points`,
      frames: { count: pictures.length, height: HEIGHT, width: WIDTH, data },
      steps,
      rewardSoFar,
      actions,
      actionNames: action.type === "BOX" ? action.names : ["action"],
      stepsPerSecond: 1 / tickSeconds,
    };
  } finally {
    await env.close();
  }
}
