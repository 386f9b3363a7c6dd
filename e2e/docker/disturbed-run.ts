import assert from "node:assert/strict";
import { start } from "../src/command.js";
import { digestsOf } from "../src/run-digests.js";
import { projectEnv } from "./compose-project.js";
import type { Container } from "./compose-project.js";
import type { FaultRow } from "./fault-table.js";
import { strike } from "./faults.js";
import type { FaultName } from "./faults.js";

export type Game = "car-racing" | "take-cover";

/** Faults that strike together, at a stage's first sign of progress. */
export interface FaultStep {
  readonly stage: string;
  readonly fault: FaultName;
  readonly containers: readonly Container[];
}

/** The arguments of a whole run of a game, as small as it can be. */
export function smoke(game: Game, runDir: string, ...more: readonly string[]): string[] {
  return ["train", game, "--preset", "smoke", "--run-dir", runDir, "--json", ...more];
}

/** Runs `worldmodels` with the project's containers for `--cluster compose`. */
export function startWith(args: readonly string[], onLine?: (line: string) => void) {
  return start(args, onLine, { env: projectEnv });
}

/**
 * Trains at the containers while they are broken, one step after another: a step that comes due while another is not over
 * yet waits for that.
 *
 * @returns what was broken, and in which stage it really was
 * @throws where a step never came due, the run fails, or its digests are not `expected`
 */
export async function runDisturbed(
  game: Game,
  runDir: string,
  steps: readonly FaultStep[],
  expected: Readonly<Record<string, string>>,
): Promise<FaultRow[]> {
  const left = [...steps];
  const rows: FaultRow[] = [];
  let stage = "";
  let last = Promise.resolve();
  const strikeAll = async ({ fault, containers }: FaultStep) => {
    const struckIn = stage;
    const seconds = await strike(fault, containers);
    containers.forEach((container, i) =>
      rows.push({ game, stage: struckIn, fault, container, recoverySeconds: seconds[i] ?? NaN }),
    );
  };
  const { finished } = startWith(smoke(game, runDir, "--cluster", "compose"), (line) => {
    stage = /"event":"progress","stage":"([^"]+)"/.exec(line)?.[1] ?? stage;
    const [next] = left;
    if (next?.stage !== stage) return;
    left.shift();
    last = last.then(() => strikeAll(next));
    // Told below; the run itself is to end first.
    last.catch(() => undefined);
  });
  const { code, stderr } = await finished;
  await last;
  assert.equal(code, 0, stderr);
  assert.deepEqual(left, [], "these faults never came due");
  assert.deepEqual(digestsOf(runDir), expected);
  return rows;
}
