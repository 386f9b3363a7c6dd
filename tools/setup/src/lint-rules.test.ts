// Proves that the lint bites: without a project graph, for one, the module-boundary rule passes everything.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { ESLint } from "eslint";
import { repositoryRoot } from "./repository.mjs";

const DOMAIN = "libs/errors/src/domain-error.ts";
const DOMAIN_INDEX = "libs/errors/src/index.ts";
const KIT = "libs/training/src/index.ts";
const SERVICE = "services/encoder/src/config.ts";
const DOOR = "tools/cli/src/program.ts";
const PROTO = "proto/src/index.ts";

interface Case {
  readonly name: string;
  /** An existing file, which the code is linted in the place of: a typed lint knows no others. */
  readonly file: string;
  readonly code: string;
  readonly rule: string | null;
}

const CASES: readonly Case[] = [
  {
    name: "a domain package that imports a kit is refused",
    file: DOMAIN,
    code: `import * as training from "@worldmodels/training";\nconsole: training;`,
    rule: "@nx/enforce-module-boundaries",
  },
  {
    name: "a kit that imports a door is refused",
    file: KIT,
    code: `import * as cli from "@worldmodels/cli";\nexport const it = cli;`,
    rule: "@nx/enforce-module-boundaries",
  },
  {
    name: "a kit that imports a service is refused",
    file: KIT,
    code: `import * as other from "@worldmodels/encoder";\nexport const it = other;`,
    rule: "no-restricted-imports",
  },
  {
    name: "a service that imports another service is refused",
    file: SERVICE,
    code: `import * as other from "@worldmodels/predictor";\nexport const it = other;`,
    rule: "no-restricted-imports",
  },
  {
    name: "a door that imports a service is refused",
    file: DOOR,
    code: `import * as other from "@worldmodels/encoder";\nexport const it = other;`,
    rule: "no-restricted-imports",
  },
  {
    name: "a door that reaches into a service by path is refused",
    file: DOOR,
    code: `import * as other from "../../../services/encoder/src/config.js";\nexport const it = other;`,
    rule: "@nx/enforce-module-boundaries",
  },
  {
    name: "a service that imports a door is refused",
    file: SERVICE,
    code: `import * as other from "@worldmodels/cli";\nexport const it = other;`,
    rule: "@nx/enforce-module-boundaries",
  },
  {
    name: "a contract that imports anything is refused",
    file: PROTO,
    code: `import * as other from "@worldmodels/errors";\nexport const it = other;`,
    rule: "@nx/enforce-module-boundaries",
  },
  {
    name: "a domain package that imports a contract is refused",
    file: DOMAIN,
    code: `import * as other from "@worldmodels/proto";\nexport const it = other;`,
    rule: "@nx/enforce-module-boundaries",
  },
  {
    name: "a service that imports a kit is welcome",
    file: SERVICE,
    code: `import * as other from "@worldmodels/grpc-kit";\nexport const it = other;\n`,
    rule: null,
  },
  {
    name: "a door that imports a contract is welcome",
    file: DOOR,
    code: `import * as other from "@worldmodels/proto/env";\nexport const it = other;\n`,
    rule: null,
  },
  {
    name: "a kit that reaches into another package by path is refused",
    file: KIT,
    code: `import { DomainError } from "../../errors/src/index.js";\nexport const it = DomainError;`,
    rule: "@nx/enforce-module-boundaries",
  },
  {
    name: "a kit that imports a domain package is welcome",
    file: KIT,
    code: `import * as errors from "@worldmodels/errors";\nexport const it = errors;\n`,
    rule: null,
  },
  {
    name: "an import past a package's index is refused",
    file: KIT,
    code: `import { DomainError } from "@worldmodels/errors/src/domain-error.js";\nexport const it = DomainError;`,
    rule: "no-restricted-imports",
  },
  {
    name: "a domain package that reads files is refused",
    file: DOMAIN,
    code: `import { readFileSync } from "node:fs";\nexport const it = readFileSync;`,
    rule: "no-restricted-imports",
  },
  {
    name: "a domain package that starts processes is refused",
    file: DOMAIN,
    code: `import { fork } from "child_process";\nexport const it = fork;`,
    rule: "no-restricted-imports",
  },
  {
    name: "a domain package that knows TensorFlow is refused",
    file: DOMAIN,
    code: `import * as tf from "@tensorflow/tfjs-core";\nexport const it = tf;`,
    rule: "no-restricted-imports",
  },
  {
    name: "a kit that reads files is welcome",
    file: KIT,
    code: `import { readFileSync } from "node:fs";\nexport const it = readFileSync;\n`,
    rule: null,
  },
  {
    name: "a domain package that asks for the time is refused",
    file: DOMAIN,
    code: `export const it = Date.now();`,
    rule: "no-restricted-globals",
  },
  {
    name: "a domain package that measures time is refused",
    file: DOMAIN,
    code: `export const it = performance.now();`,
    rule: "no-restricted-globals",
  },
  {
    name: "a domain package that draws global random numbers is refused",
    file: DOMAIN,
    code: `export const it = Math.random();`,
    rule: "no-restricted-properties",
  },
  {
    name: "an import that closes a cycle is refused",
    file: DOMAIN,
    code: `import { isDomainError } from "./index.js";\nexport const it = isDomainError;`,
    rule: "worldmodels/no-import-cycle",
  },
  {
    name: "a cycle of types only is welcome",
    file: DOMAIN,
    code: `import type { ErrorCode } from "./index.js";\nexport const it: ErrorCode = "cancelled";\n`,
    rule: null,
  },
  {
    name: "a re-export of everything is refused",
    file: DOMAIN_INDEX,
    code: `export * from "./domain-error.js";`,
    rule: "no-restricted-syntax",
  },
  {
    name: "a promise that nobody waits for is refused",
    file: KIT,
    code: `const later = async (): Promise<void> => {};\nlater();`,
    rule: "@typescript-eslint/no-floating-promises",
  },
  {
    name: "a switch that forgets a case is refused",
    file: KIT,
    code: `export function f(x: "a" | "b"): number {\n  switch (x) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}`,
    rule: "@typescript-eslint/switch-exhaustiveness-check",
  },
  {
    name: "an import of a type as a value is refused",
    file: KIT,
    code: `import { Stats } from "node:fs";\nexport const size = (stats: Stats): number => stats.size;`,
    rule: "@typescript-eslint/consistent-type-imports",
  },
  {
    name: "a claim that something is there is refused",
    file: KIT,
    code: `export const f = (x: number | undefined): number => x!;`,
    rule: "no-restricted-syntax",
  },
  {
    name: "a claim that an element is inside its bounds is welcome",
    file: KIT,
    code: `export const f = (x: Float32Array): number => x[0]! + 1;\n`,
    rule: null,
  },
];

describe("lint", () => {
  let eslint: ESLint;
  before(() => {
    eslint = new ESLint({ cwd: repositoryRoot });
  });
  for (const { name, file, code, rule } of CASES) {
    it(name, async () => {
      const [result] = await eslint.lintText(code, { filePath: join(repositoryRoot, file) });
      const rules = result?.messages.map(({ ruleId, message }) => ruleId ?? message) ?? [];
      if (rule === null) assert.deepEqual(rules, []);
      else assert.ok(rules.includes(rule), `expected ${rule}, got: ${rules.join(", ") || "nothing"}`);
    });
  }
});
