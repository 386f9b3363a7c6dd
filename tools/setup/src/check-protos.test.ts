// Proves that the check of the contracts bites, on copies of them.
import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { checkProtos } from "./check-protos.mjs";
import { repositoryRoot } from "./repository.mjs";

const JOB = "proto/worldmodels/job/v1/job.proto";
const GENERATED = "proto/src/gen/worldmodels/job/v1/job.ts";

/** A copy of the contracts, whose folder goes with its test. */
function copyContracts(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "worldmodels-contracts-"));
  t.after(() => {
    rmSync(root, { recursive: true, force: true });
  });
  for (const path of [
    "buf.yaml",
    "buf.gen.yaml",
    "proto/worldmodels",
    "proto/src",
    "proto/descriptor.binpb",
    "proto/baseline.binpb",
  ]) {
    cpSync(join(repositoryRoot, path), join(root, path), { recursive: true });
  }
  return root;
}

/** Changes a file of the copy; the text that is replaced must be there. */
function change(root: string, path: string, from: string, to: string): void {
  const text = readFileSync(join(root, path), "utf8");
  assert.ok(text.includes(from), `${path} has no ${from}`);
  writeFileSync(join(root, path), text.replace(from, to));
}

interface Case {
  readonly name: string;
  readonly spoil: (root: string) => void;
  readonly complaints: readonly RegExp[];
}

const CASES: readonly Case[] = [
  {
    name: "a field without a comment is refused by lint",
    spoil: (root) => {
      change(root, JOB, "  // Units in all.\n", "");
    },
    complaints: [/^buf lint:\n.*job\.proto:\d+:\d+:Field "total" should have a non-empty comment/m],
  },
  {
    name: "a changed field number is refused as breaking, and shows in the generated files",
    spoil: (root) => {
      change(root, JOB, "double total = 2;", "double total = 12;");
    },
    complaints: [
      /^buf breaking: /m,
      /Previously present field "2" with name "total"/,
      /^npm run generate mends:/m,
    ],
  },
  {
    name: "a field whose name is changed is refused as breaking, for the sake of JSON",
    spoil: (root) => {
      change(root, JOB, "uint32 attempts = 11;", "uint32 tries = 11;");
    },
    complaints: [/^buf breaking: /m],
  },
  {
    name: "a contract that is written untidily is refused",
    spoil: (root) => {
      change(root, JOB, "  double total = 2;", "      double total = 2;");
    },
    complaints: [/^buf format /m],
  },
  {
    name: "generated files that were edited by hand, are missing or have lost their contract are refused",
    spoil: (root) => {
      appendFileSync(join(root, GENERATED), "// a quick fix\n");
      rmSync(join(root, "proto/src/gen/worldmodels/tensor/v1/tensor.ts"));
      writeFileSync(join(root, "proto/src/gen/old.ts"), "");
    },
    complaints: [
      /^npm run generate mends:$/m,
      /^proto\/src\/gen\/worldmodels\/job\/v1\/job\.ts is not what its contract makes$/m,
      /^proto\/src\/gen\/worldmodels\/tensor\/v1\/tensor\.ts is missing$/m,
      /^proto\/src\/gen\/old\.ts is made of no contract$/m,
    ],
  },
  {
    name: "a new field that was not generated is refused, by the descriptor, too",
    spoil: (root) => {
      change(root, JOB, "uint32 attempts = 11;", "uint32 attempts = 11;\n  // New.\n  uint32 news = 99;");
    },
    complaints: [/^proto\/descriptor\.binpb is not what/m, /job\.ts is not what/],
  },
  {
    name: "a contract that does not parse is refused",
    spoil: (root) => {
      appendFileSync(join(root, JOB), "message {\n");
    },
    complaints: [/^buf lint:\n.*job\.proto/m],
  },
  {
    name: "a baseline that is missing is asked for",
    spoil: (root) => {
      rmSync(join(root, "proto/baseline.binpb"));
    },
    complaints: [/^proto\/baseline\.binpb is missing: npm run generate:baseline/m],
  },
];

describe("the check of the contracts", () => {
  it("passes them as they are, and writes nothing", async (t) => {
    const root = copyContracts(t);
    const before = readFileSync(join(root, GENERATED));
    assert.deepEqual(await checkProtos(root), { passed: true, output: "" });
    assert.deepEqual(readFileSync(join(root, GENERATED)), before);
  });

  for (const { name, spoil, complaints } of CASES) {
    it(name, async (t) => {
      const root = copyContracts(t);
      spoil(root);
      const { passed, output } = await checkProtos(root);
      assert.equal(passed, false);
      for (const complaint of complaints) assert.match(output, complaint);
    });
  }
});
