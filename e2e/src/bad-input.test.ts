import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { run } from "./command.js";

const root = mkdtempSync(join(tmpdir(), "worldmodels-bad-input-"));
after(() => {
  rmSync(root, { recursive: true, force: true });
});

let files = 0;
const actionsFile = (content: string) => {
  const path = join(root, `actions-${files++}.json`);
  writeFileSync(path, content);
  return path;
};
const train = (...more: string[]) => ["train", "car-racing", "--run-dir", join(root, "run"), ...more];
const replay = (actions: string, ...more: string[]) => [
  ...["replay", "--env", "CarRacing-v3", "--actions", actions, "--out", join(root, "trace.json")],
  ...more,
];

const usage: readonly (readonly [name: string, args: readonly string[], sentence: RegExp])[] = [
  ["an unknown command", ["trian"], /unknown command 'trian'/],
  ["an unknown flag", train("--prest", "quick"), /unknown option '--prest'/],
  ["an unknown task", ["train", "cart-pole"], /there is no task "cart-pole"; known: car-racing/],
  ["an unknown preset", train("--preset", "quik"), /there is no preset "quik" \(did you mean quick\?\)/],
  [
    "an unknown setting",
    train("--set", "evolve.poplation=8"),
    /no setting "evolve\.poplation" \(did you mean evolve\.population\?\)/,
  ],
  [
    "a setting out of range",
    train("--set", "evolve.population=1"),
    /evolve\.population = "1" is out of range: 4 to 65536/,
  ],
  ["a setting that is no number", train("--set", "vae.steps=many"), /vae\.steps = "many" is not a number/],
  ["a setting without a value", train("--set", "vae.steps"), /"vae\.steps" is not of the form key=value/],
  ["a seed below 0", train("--seed", "-1"), /is not a whole number from 0 to 2\^64 - 1/],
  [
    "an unknown environment",
    train("--set", "collect.env=CarRacing-v4"),
    /there is no environment "CarRacing-v4" \(did you mean CarRacing-v/,
  ],
  [
    "an unknown environment setting",
    train("--set", "evaluate.env=CarRacing-v3?continous=false"),
    /continous/,
  ],
  ["a setting named like a part of every object", train("--set", "__proto__=1"), /no setting "__proto__"/],
  [
    "an empty run folder",
    ["train", "car-racing", "--run-dir", ""],
    /'--run-dir <folder>' argument '' is invalid/,
  ],
  [
    "a dream with a setting out of range",
    train("--set", "evolve.env=dream?temperature=-1"),
    /evolve\.env = .*temperature = "-1" is out of range/,
  ],
  [
    "a dream of an M without heads",
    train("--set", "evolve.env=dream", "--set", "mdn_rnn.reward_head=false"),
    /this dream needs predicted rewards, and mdn_rnn\.reward_head is false/,
  ],
  ["actions that are not JSON", replay(actionsFile("[[0,0")), /is not JSON/],
  ["actions that are no array", replay(actionsFile('{"a":1}')), /is not a JSON array of actions/],
  [
    "an action of the wrong shape",
    replay(actionsFile("[[0,0]]")),
    /action 0 is \[0,0\]; this environment takes an array of 3 numbers \[steer, gas, brake\]/,
  ],
  ["an action that is no number", replay(actionsFile("[[0,0,null]]")), /action 0 is \[0,0,null\]/],
  ["an action out of range", replay(actionsFile("[[0,0,0],[1.5,0,0]]")), /action 1: .*1\.5/],
  [
    "an unknown observation",
    replay(actionsFile("[]"), "--observations", "0", "--observation", "rgb97"),
    /no observation "rgb97"/,
  ],
  [
    "a missing actions file",
    replay(join(root, "nowhere.json")),
    /cannot read the actions file .*nowhere\.json/,
  ],
  ["an empty output file", replay(actionsFile("[]"), "--out", ""), /'--out <file>' argument '' is invalid/],
  ["a file where runs should be", ["runs", actionsFile("[]")], /actions-\d+\.json is not a folder/],
  ["a file where a run should be", ["evaluate", actionsFile("[]")], /there is no run at .*actions-/],
  ["a run that is not there", ["evaluate", join(root, "no-run")], /there is no run at .*no-run/],
];
for (const [name, args, sentence] of usage) {
  test(`${name} gets one sentence and exit code 2`, async () => {
    const { code, stderr } = await run(...args);
    assert.match(stderr, sentence);
    assert.equal(code, 2, stderr);
    assert.deepEqual(
      readdirSync(root).filter((file) => !file.startsWith("actions-")),
      [],
      "nothing half-written",
    );
  });
}

test("a run folder that is a file gets one sentence and exit code 1", async () => {
  const file = actionsFile("[]");
  const { code, stderr } = await run("train", "car-racing", "--preset", "smoke", "--run-dir", file);
  assert.match(stderr, /^error: this folder cannot be written at .*a file stands where a folder is needed/);
  assert.equal(code, 1, stderr);
});

test("a full disk gets one sentence and exit code 1, and leaves nothing half-written", async (t) => {
  const disk = mkdtempSync(join(tmpdir(), "worldmodels-small-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], { stdio: "ignore" });
  } catch {
    rmSync(disk, { recursive: true });
    t.skip("mounting a small disk needs root");
    return;
  }
  try {
    const actions = actionsFile(JSON.stringify(Array.from({ length: 300 }, () => [0, 0.1, 0])));
    const args = ["replay", "--env", "CarRacing-v3", "--actions", actions, "--out", join(disk, "trace.json")];
    const { code, stderr } = await run(...args);
    assert.match(stderr, /^error: no space is left .*trace\.json; nothing was changed/);
    assert.equal(code, 1, stderr);
    assert.deepEqual(readdirSync(disk), []);
  } finally {
    execFileSync("umount", [disk]);
    rmSync(disk, { recursive: true });
  }
});
