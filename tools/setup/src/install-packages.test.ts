import assert from "node:assert/strict";
import { test } from "node:test";
import { packagesAreInstalled } from "./install-packages.mjs";

const lock = {
  packages: {
    "": { name: "root" },
    "libs/a": { name: "@worldmodels/a" },
    "node_modules/@worldmodels/a": { resolved: "libs/a", link: true },
    "node_modules/x": { version: "1.2.3" },
    "node_modules/x/node_modules/y": { version: "4.0.0" },
    "node_modules/only-on-mac": { version: "1.0.0", optional: true },
  },
};
const whole = {
  "node_modules/@worldmodels/a": { resolved: "libs/a", link: true },
  "node_modules/x": { version: "1.2.3" },
  "node_modules/x/node_modules/y": { version: "4.0.0" },
};

const CASES: readonly [string, unknown, boolean][] = [
  ["a tree with everything but other platforms' packages is installed", { packages: whole }, true],
  ["no record of an install means that it was never finished", undefined, false],
  ["a record cut short is no record", {}, false],
  [
    "another version is not the locked one",
    { packages: { ...whole, "node_modules/x": { version: "1.2.4" } } },
    false,
  ],
  [
    "a nested package that is missing counts",
    { packages: { ...whole, "node_modules/x/node_modules/y": undefined } },
    false,
  ],
  [
    "a workspace that moved has to be linked anew",
    { packages: { ...whole, "node_modules/@worldmodels/a": { resolved: "libs/old", link: true } } },
    false,
  ],
];

for (const [name, installed, expected] of CASES) {
  test(name, () => {
    assert.equal(packagesAreInstalled(lock, installed), expected);
  });
}
