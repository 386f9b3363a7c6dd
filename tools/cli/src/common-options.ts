import { Option } from "commander";
import { availableParallelism } from "node:os";
import { parsePath, parseSeed, wholeNumber } from "./parse-options.js";

export function seedOption(about: string, defaultSeed = 0n): Option {
  return new Option("--seed <number>", about).argParser(parseSeed).default(defaultSeed, String(defaultSeed));
}

export function workersOption(): Option {
  return new Option("--workers <number>", "rollout processes; never changes a result")
    .argParser(wholeNumber(1))
    .default(availableParallelism());
}

export function clusterOption(): Option {
  return new Option(
    "--cluster <file>",
    "run the stages at the services of a cluster file (see worldmodels up), or of compose: same artifacts, same scores",
  ).argParser(parsePath);
}
