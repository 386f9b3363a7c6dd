import assert from "node:assert/strict";
import { start } from "../src/command.js";
import { digestsOf } from "../src/run-digests.js";
import { projectEnv } from "./compose-project.js";
import type { Container } from "./compose-project.js";
import type { FaultRow } from "./fault-table.js";
import { strike } from "./faults.js";
import type { FaultName } from "./faults.js";

export type Game = "car-racing" | "take-cover";

/** Faults that strike together, at the first sign of progress of a stage that comes after the step before is over. */
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
 * Trains at the containers while they are broken, step by step.
 *
 * @returns what was broken; the digests are `expected`, else it throws
 */
export async function runDisturbed(
  game: Game,
  runDir: string,
  steps: readonly FaultStep[],
  expected: Readonly<Record<string, string>>,
): Promise<FaultRow[]> {
  const left = [...steps];
  const rows: FaultRow[] = [];
  let under: Promise<void> | undefined;
  const strikeAll = async ({ stage, fault, containers }: FaultStep) => {
    const seconds = await strike(fault, containers);
    containers.forEach((container, i) =>
      rows.push({ game, stage, fault, container, recoverySeconds: seconds[i] ?? NaN }),
    );
    under = undefined;
  };
  const { finished } = startWith(smoke(game, runDir, "--cluster", "compose"), (line) => {
    const [next] = left;
    if (next === undefined || under !== undefined) return;
    if (!line.includes(`"event":"progress","stage":"${next.stage}"`)) return;
    left.shift();
    under = strikeAll(next);
    // Told below; the run itself is to end first.
    under.catch(() => undefined);
  });
  const { code, stderr } = await finished;
  await under;
  assert.equal(code, 0, stderr);
  assert.deepEqual(left, [], "nothing came of these faults: their stage was over");
  assert.deepEqual(digestsOf(runDir), expected);
  return rows;
}
