import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createArtifactStore } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import { DREAM, loadDream, saveDream } from "./dream-artifact.js";

const refs = {
  vae: { kind: "vae", digest: "a".repeat(64) },
  mdnRnn: { kind: "mdn-rnn", digest: "b".repeat(64) },
  starts: { kind: "dream-starts", digest: "c".repeat(64) },
};

async function makeStore(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), "worldmodels-dream-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  return createArtifactStore(root);
}

test("a dream is read as it was saved", async (t) => {
  const store = await makeStore(t);
  const ref = await saveDream(store, refs);
  assert.equal(ref.kind, DREAM);
  assert.deepEqual(await loadDream(store, ref), refs);
  assert.deepEqual((await store.open(ref)).files, []);
});

test("the same models are the same dream, in any store and however often it is saved", async (t) => {
  const [one, other] = [await makeStore(t), await makeStore(t)];
  const ref = await saveDream(one, refs);
  assert.deepEqual(await saveDream(one, refs), ref);
  assert.deepEqual(
    await saveDream(other, { ...refs, vae: { ...refs.vae, path: "/x" } as typeof refs.vae }),
    ref,
  );
  assert.equal((await one.list()).length, 1);
  const another = await saveDream(one, { ...refs, mdnRnn: { ...refs.mdnRnn, digest: "d".repeat(64) } });
  assert.notEqual(another.digest, ref.digest);
});

test("an artifact of another kind is no dream", async (t) => {
  const store = await makeStore(t);
  const ref = await store.write("vae", {}, () => Promise.resolve());
  await assert.rejects(loadDream(store, ref), {
    code: "failed-precondition",
    message: /holds vae, where a dream is needed/,
  });
});

const incomplete: JsonObject[] = [{}, { vae: "aaaa" }, { vae: { kind: "vae" } }];
for (const metadata of incomplete) {
  test(`a dream that says ${JSON.stringify(metadata)} is damaged`, async (t) => {
    const store = await makeStore(t);
    const ref = await store.write(DREAM, metadata, () => Promise.resolve());
    await assert.rejects(loadDream(store, ref), { code: "data-loss", message: /does not say its vae/ });
  });
}
