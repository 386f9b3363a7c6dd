import { evaluateRun } from "@worldmodels/pipeline";
import { Command } from "commander";
import { abortOnSignals } from "../abort-on-signals.js";
import { seedOption, workersOption } from "../common-options.js";
import { wholeNumber } from "../parse-options.js";
import { createProgressDisplay } from "../progress-display.js";
import { formatScores } from "../score-table.js";

interface EvaluateOptions {
  readonly env?: string;
  readonly episodes: number;
  readonly seed: bigint;
  readonly workers: number;
  readonly json: boolean;
}

/** `worldmodels evaluate RUN`: a finished run's controller, in any environment. */
export function evaluateCommand(): Command {
  return new Command("evaluate")
    .summary("drive a run's controller in any environment")
    .argument("<run>", "run folder")
    .option("--env <uri>", "environment (default: the run's evaluate.env); dream:RUN drives inside a dream")
    .option("--episodes <number>", "episodes, each with a seed of its own", wholeNumber(1), 100)
    .addOption(seedOption("the seed that the episodes' seeds follow from", 1n))
    .addOption(workersOption())
    .option("--json", "print one JSON object", false)
    .action(async (run: string, options: EvaluateOptions) => {
      const display = createProgressDisplay(process.stderr, undefined);
      const { signal, dispose } = abortOnSignals(() => undefined);
      try {
        const result = await evaluateRun({ runDir: run, ...options, display, signal });
        display.close();
        console.log(options.json ? JSON.stringify(result) : formatScores(result));
      } finally {
        display.close();
        dispose();
      }
    });
}
