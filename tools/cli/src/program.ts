import { Command } from "commander";
import { createRequire } from "node:module";
import { callCommand } from "./commands/call.js";
import { certificatesCommand } from "./commands/certificates.js";
import { clientsCommand } from "./commands/clients.js";
import { collectCommand } from "./commands/collect.js";
import { doctorCommand } from "./commands/doctor.js";
import { evaluateCommand } from "./commands/evaluate.js";
import { jobsCommand } from "./commands/jobs.js";
import { replayCommand } from "./commands/replay.js";
import { runsCommand } from "./commands/runs.js";
import { sweepCommand } from "./commands/sweep.js";
import { trainCommand } from "./commands/train.js";
import { upCommand } from "./commands/up.js";

const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };

/** The whole command line. Errors are thrown, never exited on, so that one place decides the exit code. */
export function createProgram(): Command {
  const program = new Command("worldmodels")
    .version(version)
    .description(
      "World Models (Ha & Schmidhuber 2018): learn a model of an environment, and a driver inside it",
    )
    .addHelpText(
      "after",
      `
First steps:
  worldmodels train car-racing --preset quick     a car that drives, in minutes, with a report
  worldmodels sweep take-cover --set evolve.env.temperature=0.1,0.5,1.0,1.15,1.3
                                                  a run for each value, what they share once, a table and a chart
  worldmodels runs                                what has been run, and its scores
  worldmodels evaluate runs/car-racing-quick-seed0 --episodes 100
  worldmodels doctor                              what is installed, and what is missing
  worldmodels up                                  every stage behind a service; then: train car-racing --cluster FILE`,
    )
    .showSuggestionAfterError()
    .allowExcessArguments(false);
  for (const command of [
    trainCommand(),
    sweepCommand(),
    collectCommand(),
    evaluateCommand(),
    replayCommand(),
    runsCommand(),
    upCommand(),
    jobsCommand(),
    callCommand(),
    certificatesCommand(),
    clientsCommand(),
    doctorCommand(),
  ]) {
    program.addCommand(command);
  }
  for (const command of withSubcommands(program)) command.exitOverride();
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
