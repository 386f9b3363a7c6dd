import { createArtifactStore, openRunStore } from "@worldmodels/artifacts";
import { loadDream } from "@worldmodels/environments";
import { parseEnvUri } from "@worldmodels/env";
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { resolveOwnDream } from "./own-dream.js";

const inputs = {
  vae: { kind: "vae", digest: "a".repeat(64) },
  "mdn-rnn": { kind: "mdn-rnn", digest: "b".repeat(64) },
  "dream-starts": { kind: "dream-starts", digest: "c".repeat(64) },
};

test("the run's own dream is an artifact of the store, and the same one every time", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "worldmodels own dream? "));
  t.after(() => rm(root, { recursive: true, force: true }));
  const store = createArtifactStore(root);
  const uri = await resolveOwnDream("dream?temperature=1.15", store, inputs);
  assert.equal(await resolveOwnDream("dream?temperature=1.15", store, inputs), uri);
  const { scheme, id, settings } = parseEnvUri(uri);
  assert.equal(scheme, "dream");
  assert.equal(dirname(id), root);
  assert.deepEqual(settings, { temperature: "1.15" });
  assert.deepEqual(await loadDream(store, basename(id)), {
    vae: inputs.vae,
    mdnRnn: inputs["mdn-rnn"],
    starts: inputs["dream-starts"],
  });
});

for (const uri of ["CarRacing-v3?max_episode_steps=3000", "dream:runs/dreamer?temperature=1"]) {
  test(`${uri} stays as it is, and nothing is stored`, async () => {
    assert.equal(await resolveOwnDream(uri, openRunStore("/nowhere"), {}), uri);
  });
}
