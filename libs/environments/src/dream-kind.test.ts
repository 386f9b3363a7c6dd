import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { after, test } from "node:test";
import { artifactName, openRunStore, writeRunManifest } from "@worldmodels/artifacts";
import { describeVectorEnv } from "@worldmodels/env/conformance";
import { saveDream } from "./dream-artifact.js";
import { openEnv } from "./open-env.js";
import { makeRunFolder } from "./run-folder.test-helper.js";

const run = await makeRunFolder();
after(() => run.remove());

describeVectorEnv(
  "a dream of a run, with M and V in ONNX Runtime",
  ({ maxEpisodeSteps = 1000, ...options }) =>
    openEnv(`dream:${run.folder}?terminated=never&max_episode_steps=${maxEpisodeSteps}`, options),
);

test("more slots than one call of M takes dream the same dreams, also when most of them rest", async (t) => {
  const uri = `dream:${run.folder}?terminated=never`;
  const many = await openEnv(uri, { numEnvs: 50, observations: "all" });
  const one = await openEnv(uri, { observations: "all" });
  t.after(() => Promise.all([many.close(), one.close()]));
  await many.reset({ seeds: new Array<bigint>(50).fill(6n) });
  await one.reset({ seeds: 6n });
  for (const slots of [undefined, [0, 7, 49], [49]]) {
    const { observations } = await one.step(new Float32Array(3));
    const rows = slots?.length ?? 50;
    const among = await many.step(new Float32Array(rows * 3), { ...(slots && { slots }) });
    for (const [name, array] of Object.entries(observations)) {
      assert.deepEqual(among.observations[name]!.slice((rows - 1) * array.length), array, name);
    }
  }
});

test("what the recorded environment was worth and how long it lasted is the dream's where nothing else is asked for", async (t) => {
  const game = await makeRunFolder({ rewardHead: false }, 4, { rewardRange: [1, 1], maxEpisodeSteps: 2100 });
  t.after(() => game.remove());
  const env = await openEnv(`dream:${game.folder}`);
  t.after(() => env.close());
  assert.equal(env.spec.maxEpisodeSteps, 2100);
  assert.deepEqual(env.spec.rewardRange, [1, 1]);
  await env.reset();
  assert.deepEqual([...(await env.step(new Float32Array(3))).rewards], [1]);
});

test("the spec names the models by digest and takes the recorded action", async (t) => {
  const env = await openEnv(`dream:${run.folder}?temperature=1.15`);
  t.after(() => env.close());
  assert.deepEqual(env.spec.versions, {
    "mdn-rnn": run.artifacts["mdn-rnn"]!.digest,
    vae: run.artifacts.vae!.digest,
  });
  assert.equal(env.spec.kind, "DREAM");
  assert.equal(env.spec.settings.temperature, 1.15);
  assert.equal(env.spec.tickSeconds, 0.02);
  assert.deepEqual(env.spec.action, {
    type: "BOX",
    size: 3,
    low: [-1, 0, 0],
    high: [1, 1, 1],
    names: ["steer", "gas", "brake"],
  });
  await env.reset();
  await assert.rejects(env.step(Float32Array.of(0, 1.5, 0)), { code: "invalid-argument" });
});

test("a run whose M lacks the heads opens only where nothing is asked of them", async (t) => {
  const headless = await makeRunFolder({ rewardHead: false, terminatedHead: false });
  t.after(() => headless.remove());
  await assert.rejects(openEnv(`dream:${headless.folder}`), {
    code: "failed-precondition",
    message: /mdn_rnn\.reward_head=true/,
  });
  const env = await openEnv(`dream:${headless.folder}?reward=none&terminated=never`);
  await env.reset();
  assert.deepEqual([...(await env.step(new Float32Array(3))).rewards], [0]);
  await env.close();
});

test("a run that has not come so far says how to go on", async (t) => {
  const young = await makeRunFolder();
  t.after(() => young.remove());
  const { "mdn-rnn": _, ...artifacts } = young.manifest.artifacts;
  await writeRunManifest(young.folder, { ...young.manifest, artifacts });
  await assert.rejects(openEnv(`dream:${young.folder}`), {
    code: "failed-precondition",
    message: /has no mdn-rnn yet.*worldmodels train car-racing/,
  });
});

test("an M of another game is refused: its actions have other numbers", async (t) => {
  const mixed = await makeRunFolder({ actionSize: 1 });
  t.after(() => mixed.remove());
  await assert.rejects(openEnv(`dream:${mixed.folder}`), {
    code: "invalid-argument",
    message: /M was trained with 1 numbers per action, not 3/,
  });
});

test("models of different sizes are refused", async (t) => {
  const mixed = await makeRunFolder({}, 5);
  t.after(() => mixed.remove());
  await assert.rejects(openEnv(`dream:${mixed.folder}`), {
    code: "failed-precondition",
    message: /z has 4 numbers for M, 5 for V and 4 for the dream's first frames/,
  });
});

/** The folder of a `dream` artifact of this run's models. */
async function makeDreamFolder({ folder, artifacts }: typeof run): Promise<string> {
  const store = openRunStore(folder);
  const { vae, "mdn-rnn": mdnRnn, "dream-starts": starts } = artifacts;
  assert.ok(vae && mdnRnn && starts);
  return join(store.root, artifactName(await saveDream(store, { vae, mdnRnn, starts })));
}

test("a dream opened by its artifact is the dream of the run, byte for byte", async (t) => {
  const own = await makeRunFolder();
  t.after(() => own.remove());
  const folder = await makeDreamFolder(own);
  // The artifact needs no run around it, and may be named from where the process is.
  const store = join(own.folder, "elsewhere");
  await cp(join(own.folder, "artifacts"), store, { recursive: true });
  const ids = [own.folder, folder, relative(process.cwd(), join(store, basename(folder)))];
  const envs = await Promise.all(
    ids.map((id) => openEnv(`dream:${id}?terminated=never&temperature=1.3`, { observations: "all" })),
  );
  t.after(() => Promise.all(envs.map((env) => env.close())));
  const [first, ...others] = await Promise.all(
    envs.map(async (env) => {
      await env.reset({ seeds: 9n });
      await env.step(Float32Array.of(0.1, 0.2, 0.3));
      const { observations, rewards } = await env.step(Float32Array.of(-0.1, 0.2, 0));
      return { observations, rewards, versions: env.spec.versions };
    }),
  );
  assert.equal(others.length, 2);
  for (const other of others) assert.deepEqual(other, first);
});

test("the folder of another artifact is no dream", async () => {
  const vae = join(openRunStore(run.folder).root, artifactName(run.artifacts.vae!));
  await assert.rejects(openEnv(`dream:${vae}`), {
    code: "failed-precondition",
    message: /holds vae, where a dream is needed/,
  });
});

test("a dream whose models are not in its store names the one that is missing", async () => {
  const store = openRunStore(join(run.folder, "other"));
  const absent = { kind: "vae", digest: "a".repeat(64) };
  const ref = await saveDream(store, { vae: absent, mdnRnn: absent, starts: absent });
  const folder = join(store.root, artifactName(ref));
  await assert.rejects(openEnv(`dream:${folder}`), {
    code: "not-found",
    message: /no artifact vae-aaaaaaaaaaaa/,
  });
});

test("a folder that is neither a run nor a dream is refused with a sentence", async () => {
  const folder = join(run.folder, "artifacts");
  await assert.rejects(openEnv(`dream:${folder}`), {
    code: "not-found",
    message: /there is no run in the folder ".*artifacts", nor is it an artifact of kind dream in its store/,
  });
});
