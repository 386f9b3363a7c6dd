import { describe } from "node:test";
import { registerEndingTests } from "./ending-tests.js";
import type { ConformanceFacts, MakeVectorEnv } from "./facts.js";
import { registerRefusalTests } from "./refusal-tests.js";
import { registerSeedTests } from "./seed-tests.js";
import { registerSnapshotTests } from "./snapshot-tests.js";
import { registerSpecTests } from "./spec-tests.js";
import { registerViewTests } from "./view-tests.js";

/**
 * Registers the rules of docs/vector-env.md as tests (node:test) of one environment: in process, remote, real
 * or dreamt alike. Call it at the top level of a test file.
 *
 * @param name what is tested, for the report
 * @param make opens a new environment; the suite closes it
 */
export function describeVectorEnv(name: string, make: MakeVectorEnv, facts: ConformanceFacts = {}): void {
  const suite = { make, facts, steps: facts.steps ?? 8, numEnvs: facts.numEnvs ?? 3 };
  describe(`${name} keeps the rules of a VectorEnv`, () => {
    registerSpecTests(suite);
    registerSeedTests(suite);
    registerEndingTests(suite);
    registerRefusalTests(suite);
    registerSnapshotTests(suite);
    registerViewTests(suite);
  });
}
