import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openRunStore, readRunManifest, runHome, writeRunManifest } from "./run-folder.js";
import type { RunManifest } from "./run-folder.js";

const manifest: RunManifest = {
  format: "worldmodels-run",
  version: 1,
  task: "car-racing",
  preset: "smoke",
  seed: "0",
  settings: {},
  command: "worldmodels train car-racing",
  artifacts: {},
  stages: {},
};

test("a run's artifacts are in its own folder, or where its manifest says, wherever it is read from", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "worldmodels-run-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const point = join(root, "points", "one");
  await writeRunManifest(point, { ...manifest, home: "../.." });
  const read = await readRunManifest(point);
  assert.deepEqual(read, { ...manifest, home: "../.." });
  assert.equal(openRunStore(runHome(point, read)).root, join(root, "artifacts"));
  assert.equal(openRunStore(runHome(point, manifest)).root, join(point, "artifacts"));
});

test("a manifest whose home is no path is damaged", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "worldmodels-run-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  await writeFile(join(root, "run.json"), JSON.stringify({ ...manifest, home: 3 }));
  await assert.rejects(readRunManifest(root), { code: "data-loss", message: /does not describe a run/ });
});
