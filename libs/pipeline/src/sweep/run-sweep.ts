import { writeFileAtomic } from "@worldmodels/artifacts";
import { isDomainError } from "@worldmodels/errors";
import { lockFolder } from "@worldmodels/jobs";
import type { JobAttempt } from "@worldmodels/jobs";
import { renderSweep } from "@worldmodels/report";
import type { SweepRow, SweepRowHead } from "@worldmodels/report";
import { join } from "node:path";
import { runPipeline } from "../run-pipeline.js";
import type { RunDisplay } from "../run-types.js";
import { planSweep } from "./plan-sweep.js";
import type { SweepPlanOptions, SweepPoint } from "./plan-sweep.js";
import { readFigures } from "./read-figures.js";
import { shellCommand } from "./shell-command.js";
import { HOME_OF_POINTS, POINTS_FOLDER } from "./sweep-folder.js";

export interface RunSweepOptions extends SweepPlanOptions {
  readonly sweepDir: string;
  /** Rollout processes; never changes a result. */
  readonly workers: number;
  readonly display: SweepDisplay;
  readonly signal: AbortSignal;
  /** How a stage is run; default in a child process. */
  readonly attempt?: JobAttempt | undefined;
  /** As it was given. */
  readonly command: string;
}

/** Where a sweep tells a person what it is doing. */
export interface SweepDisplay extends RunDisplay {
  /** All points, before the first begins. */
  plan(points: readonly SweepPoint[]): void;
  /** A point is over. */
  row(row: SweepRow): void;
}

export interface SweepSummary {
  readonly sweepDir: string;
  /** One for each point, in the order of the grid. */
  readonly rows: readonly SweepRow[];
  /** Files that have the rows: for machines, and for people. */
  readonly table: string;
  readonly report: string;
}

/**
 * Runs every point of a grid, each as a run of its own whose stages are kept in the sweep's folder, so that what
 * several points have in common runs once. A point that fails does not stop the others.
 *
 * @throws DomainError `invalid-argument` before anything runs; `cancelled`; `failed-precondition` where the folder is in use
 */
export async function runSweep(options: RunSweepOptions): Promise<SweepSummary> {
  const { sweepDir, display } = options;
  const points = planSweep(options);
  const unlock = await lockFolder(sweepDir);
  try {
    display.plan(points);
    const rows: SweepRow[] = [];
    for (const point of points) {
      const row = await runPoint(point, options);
      rows.push(row);
      await writeSweep(options, points.length, rows);
      display.row(row);
    }
    return { sweepDir, rows, ...filesOf(sweepDir) };
  } finally {
    await unlock();
  }
}

async function runPoint(point: SweepPoint, options: RunSweepOptions): Promise<SweepRow> {
  const { task, preset, sweepDir, workers, display, signal, attempt } = options;
  const { name, seed, settings, varied, changes } = point;
  const runDir = join(sweepDir, POINTS_FOLDER, name);
  const sets = Object.entries(changes).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  const head: SweepRowHead = {
    point: name,
    settings: varied,
    seed: seed <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(seed) : String(seed),
    command: shellCommand([
      ...["worldmodels", "train", task, "--preset", preset, ...sets],
      ...["--seed", String(seed), "--run-dir", runDir],
    ]),
  };
  try {
    const summary = await runPipeline({
      ...{ task, preset, settings, seed, runDir, home: HOME_OF_POINTS },
      ...{ workers, signal, attempt, command: head.command },
      display: quietWhereReused(name, display),
    });
    return { ...head, ...(await readFigures(summary)) };
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    // Whoever mends a bug needs its stack; the other points do not have to wait for that.
    if (!isDomainError(error)) display.say(`bug: ${error.stack ?? error.message}`);
    return { ...head, error: error.message };
  }
}

/** Passes over stages that were done before: they show no progress. */
function quietWhereReused(point: string, display: RunDisplay): RunDisplay {
  const seen = new Set<string>();
  return {
    say: (line) => {
      display.say(line);
    },
    update: (stage, progress) => {
      if (seen.size === 0) display.say(`${point}:`);
      seen.add(stage);
      display.update(stage, progress);
    },
    finish: (stage, summary) => {
      if (seen.has(stage)) display.finish(stage, summary);
    },
  };
}

function filesOf(sweepDir: string): Pick<SweepSummary, "table" | "report"> {
  return { table: join(sweepDir, "sweep.json"), report: join(sweepDir, "sweep.html") };
}

async function writeSweep(
  { task, preset, axes, seeds, command, sweepDir }: RunSweepOptions,
  points: number,
  rows: readonly SweepRow[],
): Promise<void> {
  const { table, report } = filesOf(sweepDir);
  const content = {
    ...{ format: "worldmodels-sweep", version: 1, task, preset, command },
    axes: axes.map(({ key, values }) => ({ key, values })),
    ...{ seeds: seeds.map(String), points, rows },
  };
  await writeFileAtomic(table, `${JSON.stringify(content, null, 2)}\n`);
  const html = renderSweep({
    title: `${task}, preset ${preset}: a sweep`,
    axes: axes.filter(({ values }) => values.length > 1).map(({ key }) => key),
    points,
    rows: rows.map((row) => ({ ...row, report: `${POINTS_FOLDER}/${row.point}/report.html` })),
    command,
  });
  await writeFileAtomic(report, html);
}
