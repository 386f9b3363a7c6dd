import { DomainError } from "@worldmodels/errors";
import { parseSweepAxes, runSweep, shellCommand, tasks } from "@worldmodels/pipeline";
import type { SweepAxis, SweepDisplay } from "@worldmodels/pipeline";
import { Command, Option } from "commander";
import { join } from "node:path";
import { abortOnSignals } from "../abort-on-signals.js";
import { clusterAttempt } from "../cluster/cluster-attempt.js";
import { connectCluster } from "../cluster/connect-cluster.js";
import { clusterOption, workersOption } from "../common-options.js";
import { parsePath, parseSeed } from "../parse-options.js";
import { createProgressDisplay } from "../progress-display.js";
import { createSweepTable } from "../sweep-table.js";

interface SweepOptions {
  readonly preset: string;
  readonly set: readonly string[];
  readonly seeds: readonly bigint[];
  readonly sweepDir?: string;
  readonly workers: number;
  readonly cluster?: string;
  readonly json: boolean;
}

/** `worldmodels sweep TASK`: one run for each point of a grid over settings and seeds. */
export function sweepCommand(): Command {
  return new Command("sweep")
    .summary("run a task over a grid of settings: shared stages once, a table and a chart")
    .description(
      "Runs a task once for each combination of the values given, what the runs have in common once.\n" +
        "Give the same command again to go on where it stopped, and to try failed points again.",
    )
    .argument("<task>", `what to learn: ${Object.keys(tasks).join(", ")}`)
    .addOption(new Option("--preset <name>", "how much to spend: smoke, quick, desk, paper").default("quick"))
    .addOption(
      new Option("--set <key=value,value>", "values of one setting; may be repeated for others")
        .argParser((text: string, previous: readonly string[]) => [...previous, text])
        .default([], "none"),
    )
    .addOption(
      new Option("--seeds <numbers>", "root seeds, as in 0,1,2")
        .argParser((text: string) => text.split(",").map((part) => parseSeed(part.trim())))
        .default([0n], "0"),
    )
    .option(
      "--sweep-dir <folder>",
      "where everything goes (default: runs/TASK-PRESET-by-SETTINGS)",
      parsePath,
    )
    .addOption(workersOption())
    .addOption(clusterOption())
    .option("--json", "print one JSON object a line instead of a table and progress bars", false)
    .addHelpText(
      "after",
      `
Settings and presets are those of train (see worldmodels train --help). A value that stands alone is common to all points.

In the folder:
  sweep.html      the table, and a chart for each numeric setting that varies
  sweep.json      the same for machines: {"rows": [{point, settings, seed, command, dreamMean, dreamSd, realMean, realSd,
                  randomMean, episodes, firstSeed, environmentSteps, wallSeconds}]}, or an error in the place of figures
  points/NAME     a run folder for each point, with its report, that evaluate and dream: take like any other

Examples:
  worldmodels sweep take-cover --set evolve.env.temperature=0.1,0.5,1.0,1.15,1.3
  worldmodels sweep take-cover --set evolve.env.temperature=0.5,1.15 --set mdn_rnn.hidden=256,512 --seeds 0,1,2
  worldmodels sweep car-racing --preset smoke --set controller.features=z,zh --set evaluate.episodes=4`,
    )
    .action(async (task: string, options: SweepOptions) => {
      const axes = parseSweepAxes(options.set);
      const sweepDir = options.sweepDir ?? join("runs", folderName(task, options.preset, axes));
      const connections = options.cluster === undefined ? undefined : await connectCluster(options.cluster);
      const display = createSweepDisplay(options.json);
      const { signal, dispose } = abortOnSignals((name) => {
        display.say(`${name}: stopping; give the same command again to go on from here`);
      });
      try {
        const summary = await runSweep({
          ...{ task, preset: options.preset, axes, seeds: options.seeds, sweepDir },
          ...{ workers: options.workers, display, signal },
          ...(connections && { attempt: clusterAttempt(connections) }),
          command: shellCommand(["worldmodels", ...process.argv.slice(2)]),
        });
        display.close();
        const { table, report, rows } = summary;
        const failed = rows.filter((row) => "error" in row).length;
        if (options.json) {
          console.log(
            JSON.stringify({ event: "done", sweepDir, table, report, points: rows.length, failed }),
          );
        } else console.log(`\ntable: ${table}\nchart: ${report}`);
        if (failed > 0) {
          throw new DomainError(
            "failed-precondition",
            `${failed} of ${rows.length} points failed, each for the reason in its row; give the same command again to try them again`,
          );
        }
      } finally {
        display.close();
        dispose();
        connections?.close();
      }
    });
}

/** Sweeps over other settings are other tables, so they have other folders. */
function folderName(task: string, preset: string, axes: readonly SweepAxis[]): string {
  const varying = axes.filter(({ values }) => values.length > 1).map(({ key }) => key);
  const by = (varying.length > 0 ? varying : ["seed"]).map((key) => key.replace(/[^\w.]/g, "-"));
  return [task, preset, "by", ...by].join("-");
}

/** Progress on standard error; rows, which are the result, on standard output. */
function createSweepDisplay(json: boolean): SweepDisplay & { close(): void } {
  const display = createProgressDisplay(process.stderr, json ? process.stdout : undefined);
  let formatRow: (row: Parameters<SweepDisplay["row"]>[0]) => string = () => "";
  return {
    ...display,
    plan: (points) => {
      if (json) {
        const names = points.map(({ name, varied, seed }) => ({
          point: name,
          settings: varied,
          seed: String(seed),
        }));
        console.log(JSON.stringify({ event: "plan", points: names }));
        return;
      }
      const table = createSweepTable(points);
      formatRow = table.formatRow;
      console.log(table.heading);
    },
    row: (row) => {
      display.close();
      console.log(json ? JSON.stringify({ event: "row", ...row }) : formatRow(row));
    },
  };
}
