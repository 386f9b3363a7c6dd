import assert from "node:assert/strict";
import { test } from "node:test";
import { addClosing, CHECKS, chooseChecks } from "./checks.mjs";

const chosen = (...args: string[]) => chooseChecks(args).map(({ name }) => name);

test("without arguments every check runs, the tests last, and of them those in containers", () => {
  assert.deepEqual(
    chosen(),
    CHECKS.map(({ name }) => name),
  );
  assert.deepEqual(chosen().slice(-2), ["tests", "containers"]);
});

test("the contracts are checked right after the formatting, before what takes longer", () => {
  assert.deepEqual(chosen().slice(0, 3), ["format", "protos", "lint"]);
});

for (const args of [["--only", "types,lint"], ["--only=lint,types"], ["--only", "types", "lint"]]) {
  test(`${args.join(" ")} runs these, in the usual order`, () => {
    assert.deepEqual(chosen(...args), ["lint", "types"]);
  });
}

for (const args of [["--only", "lint,typos"], ["--watch"], ["--only"]]) {
  test(`${args.join(" ")} is refused with the names that there are`, () => {
    assert.throws(() => chooseChecks(args), /"--only" with some of format,protos,lint,.*tests/);
  });
}

test("the closing lines of two runners are added up", () => {
  const lines = (tests: number, failed: number) => [
    `ℹ tests ${tests}`,
    `\u001b[34mℹ fail ${failed}\u001b[39m`,
  ];
  assert.deepEqual(addClosing([], lines(3, 1)), lines(3, 1));
  assert.deepEqual(addClosing(lines(3, 1), []), lines(3, 1));
  assert.deepEqual(addClosing(lines(3, 1), lines(20, 0)), lines(23, 1));
});
