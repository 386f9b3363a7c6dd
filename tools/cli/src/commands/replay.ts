import { openEnv, trackOf } from "@worldmodels/environments";
import { DomainError } from "@worldmodels/errors";
import { writeFileAtomic } from "@worldmodels/artifacts";
import { Command } from "commander";
import { readFile } from "node:fs/promises";
import { seedOption } from "../common-options.js";
import { parseActions, replay } from "../replay.js";
import { parseJsonText, parsePath, parseStepList } from "../parse-options.js";

interface ReplayOptions {
  readonly env: string;
  readonly seed: bigint;
  readonly actions: string;
  readonly observations: readonly number[];
  readonly observation: string;
  readonly out?: string;
}

/** `worldmodels replay`: a file of actions in, a trace of states, rewards and observations out. */
export function replayCommand(): Command {
  return new Command("replay")
    .summary("step an environment through a file of actions and write a trace")
    .description(
      "Resets an environment with a seed, steps it through a file of actions, and writes what happened as JSON.",
    )
    .requiredOption("--env <uri>", "environment, e.g. CarRacing-v3 or CarRacing-v3?continuous=false")
    .requiredOption(
      "--actions <file>",
      "JSON array of actions as the environment has them: [steer, gas, brake], or integers",
    )
    .addOption(seedOption("seed of the reset"))
    .option(
      "--observations <steps>",
      "steps whose picture to keep, e.g. 0,10,50; 0 is that of the reset",
      parseStepList,
      [],
    )
    .option("--observation <name>", "which picture that is", "rgb96")
    .option("--out <file>", "where to write the trace (default: standard output)", parsePath)
    .addHelpText(
      "after",
      `
The trace:
  {"env", "seed", "track": {"tiles": N, "points": [[alpha, beta, x, y], ...]}, "reset": {"state": S},
   "steps": [{"reward", "terminated", "truncated", "state": S}, ...], "observations": {"0": "<base64 of raw uint8>"}}
  S = {"hull": {"x", "y", "angle", "vx", "vy", "angularVelocity"}, "jointAngles", "wheelOmegas", "wheelPhases",
       "tilesVisited"}; S and track are null where an environment has none. Metres, radians, seconds.
The replay ends with the episode; actions after that are not used.`,
    )
    .action(async (options: ReplayOptions) => {
      const json = parseJsonText(await readActionsFile(options.actions), options.actions);
      const env = await openEnv(options.env, {
        numEnvs: 1,
        observations: "all",
        actionBounds: "refuse",
      });
      try {
        const actions = parseActions(json, env.spec.action, options.actions);
        const pixels = options.observations.length > 0 ? options.observation : undefined;
        if (pixels !== undefined && env.spec.observations[pixels] === undefined) {
          throw new DomainError(
            "invalid-argument",
            `${options.env} has no observation "${pixels}"; it has ${Object.keys(env.spec.observations).join(", ")}`,
          );
        }
        const trace = await replay(env, options.seed, actions, pixels, options.observations);
        const track = trackOf(options.env, options.seed);
        // 2^53 and above would lose digits as a JSON number.
        const seed =
          options.seed <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(options.seed) : String(options.seed);
        const text = `${JSON.stringify({ env: options.env, seed, track, ...trace })}\n`;
        if (options.out === undefined) process.stdout.write(text);
        else await writeFileAtomic(options.out, text);
      } finally {
        await env.close();
      }
    });
}

async function readActionsFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new DomainError("not-found", `cannot read the actions file ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
