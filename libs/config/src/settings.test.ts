import assert from "node:assert/strict";
import { test } from "node:test";
import { describeSetting, resolveSettings } from "./settings.js";
import type { SettingsSchema } from "./settings.js";

const schema = {
  "evolve.population": { type: "integer", default: 64, minimum: 4, maximum: 4096, doc: "" },
  "evolve.sigma": { type: "number", default: 0.1, minimum: 0, doc: "" },
  continuous: { type: "boolean", default: true, doc: "" },
  policy: { type: "string", default: "brownian", choices: ["brownian", "paper"], doc: "" },
} as const satisfies SettingsSchema;

test("defaults fill what is not given", () => {
  assert.deepEqual(resolveSettings(schema, {}, "here"), {
    "evolve.population": 64,
    "evolve.sigma": 0.1,
    continuous: true,
    policy: "brownian",
  });
});

test("text is parsed as the setting's type", () => {
  const given = { "evolve.population": "16", "evolve.sigma": "5e-2", continuous: "false", policy: "paper" };
  assert.deepEqual(resolveSettings(schema, given, "here"), {
    "evolve.population": 16,
    "evolve.sigma": 0.05,
    continuous: false,
    policy: "paper",
  });
});

const refusals: [Record<string, unknown>, RegExp][] = [
  [{ "evolve.population": 3 }, /evolve\.population = 3 is out of range: 4 to 4096/],
  [{ "evolve.population": "6.5" }, /"6\.5" is not a whole number/],
  [{ "evolve.sigma": "NaN" }, /is not a number/],
  [{ "evolve.sigma": "" }, /is not a number/],
  [{ "evolve.sigma": -1 }, /is out of range: 0 or more/],
  [{ continuous: "yes" }, /is neither true nor false/],
  [{ policy: "browian" }, /is none of brownian, paper/],
  [{ polcy: "paper" }, /no setting "polcy" \(did you mean policy\?\)/],
  [{ constructor: 1 }, /no setting "constructor"/],
  [{ ["__proto__"]: 1 }, /no setting "__proto__"/],
  [{ xyzzyxyzzy: 1 }, /no setting "xyzzyxyzzy" \(known: evolve\.population/],
];
for (const [given, sentence] of refusals) {
  test(`refuses ${JSON.stringify(given)}`, () => {
    assert.throws(() => resolveSettings(schema, given, "--set"), {
      code: "invalid-argument",
      message: sentence,
    });
  });
}

test("every complaint is reported at once", () => {
  const given = { "evolve.population": 1, policy: "x" };
  assert.throws(() => resolveSettings(schema, given, "--set"), /population.*; policy/);
});

test("a setting is described with its bounds", () => {
  assert.equal(describeSetting(schema["evolve.population"]), "integer, 4 to 4096, default 64");
});
