import { readJson, readRunManifest, runHome } from "@worldmodels/artifacts";
import { listJobs, lockFolder } from "@worldmodels/jobs";
import type { SweepRow } from "@worldmodels/report";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { listRuns } from "../list-runs.js";
import { runSweep } from "./run-sweep.js";
import type { RunSweepOptions } from "./run-sweep.js";
import { parseSweepAxes } from "./sweep-axes.js";

/** The smallest sweep with nothing faked in it: three points, the second of which cannot be evaluated. */
const sets = [
  ...["collect.episodes=2", "collect.max_steps=40", "vae.steps=2", "mdn_rnn.steps=2", "mdn_rnn.window=8"],
  ...["evolve.max_steps=20", "evolve.explore_steps=100", "evolve.refine_steps=0", "evaluate.episodes=1"],
  "evaluate.env=CarRacing-v3?max_episode_steps=20,dream:/nowhere,CarRacing-v3?max_episode_steps=25",
];

const nothing = () => undefined;

function sweepIn(sweepDir: string, onRow: (row: SweepRow) => void, signal: AbortSignal): RunSweepOptions {
  return {
    ...{ task: "car-racing", preset: "smoke", axes: parseSweepAxes(sets), seeds: [0n] },
    ...{ sweepDir, workers: 1, signal, command: "worldmodels sweep car-racing" },
    display: { say: nothing, update: nothing, finish: nothing, plan: nothing, row: onRow },
  };
}

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "worldmodels-sweep-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("a sweep that was stopped goes on; what points share has run once; a failed point has its reason", async (t) => {
  const root = await newFolder(t);
  const sweepDir = join(root, "sweep");
  const stop = new AbortController();
  const firstRows: SweepRow[] = [];
  const stopped = sweepIn(
    sweepDir,
    (row) => {
      firstRows.push(row);
      stop.abort();
    },
    stop.signal,
  );
  await assert.rejects(runSweep(stopped), { code: "cancelled" });
  assert.equal(firstRows.length, 1);
  assert.deepEqual(await readTable(sweepDir), firstRows);

  const rows: SweepRow[] = [];
  const summary = await runSweep(
    sweepIn(
      sweepDir,
      (row) => {
        rows.push(row);
      },
      new AbortController().signal,
    ),
  );
  assert.deepEqual(summary.rows, rows);
  assert.deepEqual(await readTable(sweepDir), rows);
  assert.deepEqual(rows[0], firstRows[0], "the finished point was kept, its times included");
  assert.deepEqual(
    rows.map(({ point }) => point),
    ["env-CarRacing-v3-max_episode_steps-20", "env-dream-nowhere", "env-CarRacing-v3-max_episode_steps-25"],
  );
  assert.deepEqual(
    rows.map((row) => ("error" in row ? row.error.slice(0, 24) : row.episodes)),
    [1, "evaluate: dream:/nowhere", 1],
  );

  const jobs = await listJobs(join(sweepDir, "jobs"));
  assert.deepEqual(jobs.map(({ stage }) => stage).sort(), [
    ...["collect", "encode", "evaluate", "evaluate", "evaluate", "evolve", "report", "report"],
    ...["train-mdn-rnn", "train-vae"],
  ]);
  const again = jobs.filter(({ stage, attempts }) => stage !== "evaluate" && attempts !== 1);
  assert.deepEqual(again, [], "no shared stage, and no report, was run a second time");

  for (const { point } of rows) {
    const runDir = join(sweepDir, "points", point);
    assert.equal(runHome(runDir, await readRunManifest(runDir)), sweepDir);
    assert.ok(!existsSync(join(runDir, "artifacts")));
  }
  const listed = await listRuns(root);
  assert.deepEqual(
    listed.map(({ folder, score }) => [folder, score?.mean]),
    rows
      .map((row) => [join(sweepDir, "points", row.point), "error" in row ? undefined : row.realMean])
      .sort(),
  );
  assert.match(await readFile(summary.report, "utf8"), /evaluate: dream:\/nowhere/);
  assert.ok(!existsSync(join(sweepDir, "lock")));
});

async function readTable(sweepDir: string): Promise<unknown> {
  return ((await readJson(join(sweepDir, "sweep.json"), "sweep")) as { readonly rows: unknown }).rows;
}

test("a sweep whose folder is in use is refused, and nothing of it runs", async (t) => {
  const sweepDir = await newFolder(t);
  const unlock = await lockFolder(sweepDir);
  const { signal } = new AbortController();
  await assert.rejects(runSweep(sweepIn(sweepDir, nothing, signal)), {
    code: "failed-precondition",
    message: /is in use by this process/,
  });
  await unlock();
  assert.ok(!existsSync(join(sweepDir, "points")));
});
