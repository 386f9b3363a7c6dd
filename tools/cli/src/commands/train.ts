import { readRunSettings, runPipeline, tasks } from "@worldmodels/pipeline";
import { Command, Option } from "commander";
import { join } from "node:path";
import { createProgressDisplay } from "../progress-display.js";
import { gatherSetting, parsePath } from "../parse-options.js";
import { formatScoreTable } from "../score-table.js";
import { abortOnSignals } from "../abort-on-signals.js";
import { clusterAttempt } from "../cluster/cluster-attempt.js";
import { connectCluster } from "../cluster/connect-cluster.js";
import { clusterOption, seedOption, workersOption } from "../common-options.js";
import { describeRunSettings } from "../settings-help.js";

interface TrainOptions {
  readonly preset: string;
  readonly set: Readonly<Record<string, string>>;
  readonly seed: bigint;
  readonly runDir?: string;
  readonly workers: number;
  readonly cluster?: string;
  readonly json: boolean;
}

/** `worldmodels train TASK`: the whole run, from random episodes to a report. */
export function trainCommand(): Command {
  return new Command("train")
    .summary("learn V, M and C for a task, evaluate them, write a report")
    .description(
      "Runs every stage: collect, train V, encode, train M, evolve C, evaluate, report.\n" +
        "Finished stages are never run twice: give the same command again to go on where it stopped.",
    )
    .argument("<task>", `what to learn: ${Object.keys(tasks).join(", ")}`)
    .addOption(new Option("--preset <name>", "how much to spend: smoke, quick, desk, paper").default("quick"))
    .addOption(
      new Option("--set <key=value>", "change one setting; may be repeated")
        .argParser(gatherSetting)
        .default({}, "none"),
    )
    .addOption(seedOption("the one seed that everything random follows from"))
    .option("--run-dir <folder>", "where everything goes (default: runs/TASK-PRESET-seedSEED)", parsePath)
    .addOption(workersOption())
    .addOption(clusterOption())
    .option("--json", "print one JSON object a line instead of progress bars", false)
    .addHelpText("after", () => describeRunSettings())
    .action(async (task: string, options: TrainOptions) => {
      const settings = readRunSettings(task, options.preset, options.set);
      const runDir = options.runDir ?? join("runs", `${task}-${options.preset}-seed${options.seed}`);
      const connections = options.cluster === undefined ? undefined : await connectCluster(options.cluster);
      const display = createProgressDisplay(process.stderr, options.json ? process.stdout : undefined);
      const { signal, dispose } = abortOnSignals((name) => {
        display.say(`${name}: stopping; give the same command again to go on from here`);
      });
      try {
        const summary = await runPipeline({
          task,
          preset: options.preset,
          settings,
          seed: options.seed,
          runDir,
          workers: options.workers,
          display,
          signal,
          ...(connections && { attempt: clusterAttempt(connections) }),
          command: `worldmodels ${process.argv.slice(2).join(" ")}`,
        });
        display.close();
        if (options.json) console.log(JSON.stringify({ event: "done", ...summary }));
        else console.log(`\n${formatScoreTable(summary)}\n\nreport: ${summary.report}`);
      } finally {
        display.close();
        dispose();
        connections?.close();
      }
    });
}
