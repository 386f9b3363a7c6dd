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
  "collect.env" | "collect.policy" | "collect.episodes" | "collect.max_steps" | "rollout.slots"
>;

/** Plays episodes with a random policy and records them. Episodes that were finished before a kill are kept. */
export const stage: Stage = {
  name: "collect",
  version: 1,
  async run({ config, seed, execution, store, scratch, signal, progress, say }) {
    const settings = config as CollectSettings;
    const env = withEnvSetting(settings["collect.env"], "max_episode_steps", settings["collect.max_steps"]);
    const kind = settings["collect.policy"] as "cauchy" | "brownian" | "uniform";
    const layout = await describeRecording(env, kind);
    const folder = join(scratch, "recording");
    const writer = await createRecordWriter(folder, layout);
    const finished = new Set(await writer.finished());
    const count = settings["collect.episodes"];
    const tasks: RolloutTask[] = Array.from({ length: count }, (_, index) => ({
      index,
      seed: environmentSeed(seed, "collectTracks", index),
      policySeed: BigInt(streamOf(seed, "collectPolicies", index).generateState(1)[0] ?? 0),
    })).filter(({ index }) => !finished.has(index));
    if (finished.size > 0) say(`${finished.size} of ${count} episodes were recorded before`);

    const pool = createRolloutPool(
      { env, slots: settings["rollout.slots"], driver: { type: "policy", kind }, record: { folder, layout } },
      { workers: execution.workers, onDeath: say },
    );
    let done = finished.size;
    let frames = 0;
    try {
      await pool.run(tasks, {
        signal,
        onResult: (_, result) => {
          done++;
          frames += result.length;
          progress(done, count, "episodes", { frames });
        },
      });
    } finally {
      pool.close();
    }
    const metadata = { env, policy: kind, episodes: count, seed: String(seed) };
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

/** The layout of what this environment shows, with everything that a reader of the store may want to know. */
async function describeRecording(uri: string, policy: string): Promise<RecordLayout> {
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
      policy: { kind: policy },
      versions: spec.versions,
    });
  } finally {
    await env.close();
  }
}
