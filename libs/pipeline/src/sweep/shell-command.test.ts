import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { shellCommand } from "./shell-command.js";

test("a shell takes a command apart into the words that it was made of", () => {
  const words = ["printf", "%s\\n", "plain", "a b", "it's", "dream?temperature=1", "$HOME", "*", ""];
  const printed = execFileSync("sh", ["-c", shellCommand(words)], { encoding: "utf8" });
  assert.deepEqual(printed.split("\n").slice(0, -1), words.slice(2));
});

test("plain words stay as they are", () => {
  const command = "worldmodels train take-cover --set evolve.env.temperature=1.15 --run-dir runs/a_b-1";
  assert.equal(shellCommand(command.split(" ")), command);
});
