import type { PolicyKind } from "@worldmodels/agent";
import type { JsonObject } from "@worldmodels/artifacts";
import { createRecordWriter, episodesLayout, openEpisodes } from "@worldmodels/episodes";
import type { RecordLayout } from "@worldmodels/episodes";
import { actionSize } from "@worldmodels/env";
import { openEnv } from "@worldmodels/environments";
import { DomainError } from "@worldmodels/errors";
import type { Stage } from "@worldmodels/jobs";
import { createRolloutPool, RECORDED_OBSERVATION } from "@worldmodels/rollout-pool";
import type { RolloutTask } from "@worldmodels/rollout-pool";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { withEnvSetting } from "../env-uri-settings.js";
import { environmentSeed, streamOf } from "../seeds.js";
import type { RunSettings } from "../settings.js";

export type CollectSettings = Pick<
  RunSettings,
  Extract<keyof RunSettings, `collect.${string}`> | "rollout.slots"
>;

/** Plays episodes with a random policy and records them. Episodes that were finished before a kill are kept. */
export const stage: Stage = {
  name: "collect",
  version: 2,
  async run({ config, seed, execution, store, scratch, signal, progress, say }) {
    const settings = config as CollectSettings;
    const env = withEnvSetting(settings["collect.env"], "max_episode_steps", settings["collect.max_steps"]);
    const kind = settings["collect.policy"] as PolicyKind;
    const policy = { kind, ...(kind === "held" && { hold: settings["collect.hold"] }) };
    const layout = await describeRecording(env, policy);
    const folder = join(scratch, "recording");
    const writer = await createRecordWriter(folder, layout);
    const finished = new Set(await writer.finished());
    const count = settings["collect.episodes"];
    const minSteps = settings["collect.min_steps"];
    let waiting = Array.from({ length: count }, (_, index) => index).filter((index) => !finished.has(index));
    if (finished.size > 0) say(`${finished.size} of ${count} episodes were recorded before`);

    const pool = createRolloutPool(
      {
        env,
        slots: settings["rollout.slots"],
        driver: { type: "policy", ...policy },
        record: { folder, layout, minSteps },
      },
      { workers: execution.workers, onDeath: say },
    );
    let done = finished.size;
    let frames = 0;
    try {
      // An episode that was too short is played again with other seeds, which follow from its number and the attempt.
      for (let attempt = 0; waiting.length > 0; attempt++) {
        if (attempt === MOST_ATTEMPTS) throw tooShort(env, minSteps, waiting.length);
        const results = await pool.run(
          waiting.map((index) => collectTask(seed, index, attempt)),
          {
            signal,
            onResult: (_, { length }) => {
              if (length < minSteps) return;
              done++;
              frames += length;
              progress(done, count, "episodes", { frames });
            },
          },
        );
        waiting = waiting.filter((_, i) => (results[i]?.length ?? 0) < minSteps);
      }
    } finally {
      pool.close();
    }
    // `game` is the environment without the cut: its own limit is the horizon of dreams.
    const game = settings["collect.env"];
    const metadata = { env, game, policy, episodes: count, minSteps, seed: String(seed) };
    const episodes = await store.write("episodes", metadata, (target) =>
      writer.finish(target, { count, signal }),
    );
    await rm(folder, { recursive: true });
    const stored = await openEpisodes((await store.open(episodes)).folder);
    const facts = {
      episodes: stored.episodes,
      frames: stored.steps,
      meanReturn: stored.returns.reduce((sum, value) => sum + value, 0) / stored.episodes,
      peakWorkerBytes: pool.peakWorkerRssBytes,
    };
    stored.close();
    return { artifacts: { episodes }, facts };
  },
};

/** Times that an episode is played until it is long enough; a fair game needs a few. */
const MOST_ATTEMPTS = 100;

function collectTask(seed: bigint, index: number, attempt: number): RolloutTask {
  const coordinates = attempt === 0 ? [index] : [index, attempt];
  return {
    index,
    seed: environmentSeed(seed, "collectTracks", ...coordinates),
    policySeed: BigInt(streamOf(seed, "collectPolicies", ...coordinates).generateState(1)[0] ?? 0),
  };
}

function tooShort(env: string, minSteps: number, episodes: number): DomainError {
  return new DomainError(
    "failed-precondition",
    `${episodes} episodes of ${env} ended before step ${minSteps} in each of ${MOST_ATTEMPTS} attempts; ` +
      "lower collect.min_steps",
  );
}

/** The layout of what this environment shows, with everything that a reader of the store may want to know. */
async function describeRecording(uri: string, policy: JsonObject): Promise<RecordLayout> {
  const env = await openEnv(uri, { numEnvs: 1 });
  try {
    const { spec } = env;
    const frames = spec.observations[RECORDED_OBSERVATION];
    const [height, width, channels] = frames?.shape ?? [];
    if (height === undefined || width === undefined || channels === undefined) {
      throw new DomainError(
        "failed-precondition",
        `${uri} does not show ${RECORDED_OBSERVATION}; it shows ${Object.keys(spec.observations).join(", ")}: set collect.env to an environment of pictures`,
      );
    }
    if (spec.action.names.length !== actionSize(spec.action) && spec.action.type === "BOX") {
      throw new Error(`the spec of ${uri} names ${spec.action.names.length} numbers of its actions`);
    }
    return episodesLayout({
      env: uri,
      recipe: RECORDED_OBSERVATION,
      frameShape: [height, width, channels],
      actionNames: spec.action.type === "BOX" ? spec.action.names : ["action"],
      policy,
      versions: spec.versions,
    });
  } finally {
    await env.close();
  }
}
