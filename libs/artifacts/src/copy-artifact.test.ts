import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createArtifactStore } from "./artifact-store.js";
import { copyArtifact } from "./copy-artifact.js";

async function twoStores(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), "worldmodels-copy-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const from = createArtifactStore(join(root, "from"));
  const to = createArtifactStore(join(root, "to"));
  const ref = await from.write("thing", { n: 1 }, async (folder) => {
    await writeFile(join(folder, "a.bin"), "abc");
  });
  return { from, to, ref };
}

test("a copy has the same digest, metadata and bytes, and copying again changes nothing", async (t) => {
  const { from, to, ref } = await twoStores(t);
  await copyArtifact(from, to, ref);
  await copyArtifact(from, to, ref);
  const copied = await to.verify(ref);
  assert.deepEqual(copied.metadata, { n: 1 });
  assert.equal(await readFile(join(copied.folder, "a.bin"), "utf8"), "abc");
  assert.equal((await to.list()).length, 1);
});

test("an artifact that is not there is named", async (t) => {
  const { from, to } = await twoStores(t);
  const ref = { kind: "thing", digest: "0".repeat(64) };
  await assert.rejects(copyArtifact(from, to, ref), { code: "not-found", message: /thing-000000000000/ });
});

test("bytes that have changed since are refused, not passed on under the old name", async (t) => {
  const { from, to, ref } = await twoStores(t);
  await writeFile(join((await from.open(ref)).folder, "a.bin"), "abd");
  await assert.rejects(copyArtifact(from, to, ref), {
    code: "data-loss",
    message: /a\.bin has SHA-256/,
  });
  assert.deepEqual(await to.list(), []);
});

test("a damaged copy is replaced", async (t) => {
  const { from, to, ref } = await twoStores(t);
  await copyArtifact(from, to, ref);
  await writeFile(join((await to.open(ref)).folder, "a.bin"), "ab");
  await copyArtifact(from, to, ref);
  await to.verify(ref);
});
