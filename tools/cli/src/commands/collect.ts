import { policyKinds } from "@worldmodels/agent";
import { collectEpisodes } from "@worldmodels/pipeline";
import { Command, Option } from "commander";
import { abortOnSignals } from "../abort-on-signals.js";
import { seedOption, workersOption } from "../common-options.js";
import { parsePath, wholeNumber } from "../parse-options.js";
import { createProgressDisplay } from "../progress-display.js";

interface CollectOptions {
  readonly env: string;
  readonly policy: string;
  readonly episodes: number;
  readonly maxSteps: number;
  readonly minSteps: number;
  readonly seed: bigint;
  readonly out: string;
  readonly workers: number;
  readonly json: boolean;
}

/** `worldmodels collect`: random episodes as a Zarr store, for use without the rest. */
export function collectCommand(): Command {
  return new Command("collect")
    .summary("record episodes of a random policy as a Zarr v3 store")
    .option("--env <uri>", "environment; must show wm64", "CarRacing-v3")
    .addOption(new Option("--policy <name>", "random policy").default("brownian").choices([...policyKinds]))
    .option("--episodes <number>", "episodes to record", wholeNumber(1), 100)
    .option("--max-steps <number>", "steps after which an episode is cut off", wholeNumber(1), 1000)
    .option("--min-steps <number>", "play another in the place of a shorter episode", wholeNumber(0), 0)
    .addOption(seedOption("the one seed that everything random follows from"))
    .requiredOption("--out <folder>", "where the store goes; finished episodes in it are kept", parsePath)
    .addOption(workersOption())
    .option("--json", "print one JSON object", false)
    .action(async (options: CollectOptions) => {
      const display = createProgressDisplay(process.stderr, undefined);
      const { signal, dispose } = abortOnSignals(() => undefined);
      try {
        const result = await collectEpisodes({ ...options, display, signal });
        display.close();
        if (options.json) console.log(JSON.stringify(result));
        else
          console.log(
            `${result.episodes} episodes, ${result.frames.toLocaleString("en")} frames, ` +
              `returns ${result.meanReturn.toFixed(1)} ± ${result.sdReturn.toFixed(1)}: ${result.folder}`,
          );
      } finally {
        display.close();
        dispose();
      }
    });
}
