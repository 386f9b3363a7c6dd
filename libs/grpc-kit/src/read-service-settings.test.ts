import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { describeService, readServiceSettings, variableOf } from "./read-service-settings.js";
import { serverSettings } from "./server-settings.js";
import { temporaryFolder } from "./serving.test-helper.js";

const schema = {
  rows: { type: "integer", default: 7, minimum: 1, maximum: 9, doc: "Rows" },
  model_path: { type: "string", default: "", doc: "Where the model is" },
  warm: { type: "boolean", default: false, doc: "Warms up" },
} as const;

const read = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  readServiceSettings("test-jobs", schema, { args, env });

function configFile(t: TestContext, text: string): string {
  const path = join(temporaryFolder(t), "config.json");
  writeFileSync(path, text);
  return path;
}

const complains =
  (...sentences: readonly (string | RegExp)[]) =>
  (error: unknown) => {
    assert.ok(isDomainError(error, "invalid-argument"), String(error));
    const lines = error.message.split("\n");
    assert.equal(lines.length, sentences.length, error.message);
    sentences.forEach((sentence, n) => {
      if (typeof sentence === "string") assert.equal(lines[n], sentence);
      else assert.match(lines[n] ?? "", sentence);
    });
    return true;
  };

describe("settings of a service", () => {
  it("without any source are the defaults", () => {
    assert.deepEqual(read([]), { rows: 7, model_path: "", warm: false });
  });

  it("a file yields to variables, and these to flags", (t) => {
    const path = configFile(t, `{ "rows": 1, "model_path": "file", "warm": true }`);
    const env = { WORLDMODELS_TEST_JOBS_ROWS: "2", WORLDMODELS_TEST_JOBS_MODEL_PATH: "variable" };
    assert.deepEqual(read(["--config", path, "--rows", "3"], env), {
      rows: 3,
      model_path: "variable",
      warm: true,
    });
  });

  it("a flag may have its value behind an equals sign, which the value may have, too", () => {
    assert.equal(read(["--model-path=a=b"]).model_path, "a=b");
    assert.equal(read(["--model-path="]).model_path, "");
  });

  it("everything that is wrong in all sources is said at once", (t) => {
    const path = configFile(t, `{ "rows": 10, "modelpath": "" }`);
    const env = { WORLDMODELS_TEST_JOBS_ROWS: "many", WORLDMODELS_TEST_JOBS_ROW: "1" };
    assert.throws(
      () => read(["--config", path, "--warm", "maybe", "--row", "1", "stray"], env),
      complains(
        "flags: there is no --row (did you mean --rows?)",
        `flags: "stray" is no flag; write --setting value`,
        `${path}: rows = 10 is out of range: 1 to 9; there is no setting "modelpath" (did you mean model_path?)`,
        "environment variables: WORLDMODELS_TEST_JOBS_ROW sets nothing; see --help",
        `environment variables: rows = "many" is not a number`,
        `flags: warm = "maybe" is neither true nor false`,
      ),
    );
  });

  it("a flag that is like no other is sent to the help", () => {
    assert.throws(() => read(["--frobnicate=1"]), complains("flags: there is no --frobnicate (see --help)"));
  });

  for (const args of [["--rows"], ["--rows", "--warm", "true"]]) {
    it(`${args.join(" ")}: a flag without a value is said to have none`, () => {
      assert.throws(() => read(args), complains("flags: --rows has no value"));
    });
  }

  it("a number below zero is a value", () => {
    assert.throws(() => read(["--rows", "-1"]), complains('flags: rows = "-1" is out of range: 1 to 9'));
  });

  for (const [what, text, sentence] of [
    ["that is no JSON", "rows: 1", /cannot be read as JSON/],
    ["of a list", "[1]", /holds no JSON object/],
    ["of null", "null", /holds no JSON object/],
  ] as const) {
    it(`a file ${what} is refused`, (t) => {
      assert.throws(() => read(["--config", configFile(t, text)]), complains(sentence));
    });
  }

  it("a file that is missing is refused", (t) => {
    const path = join(temporaryFolder(t), "no.json");
    assert.throws(() => read(["--config", path]), complains(/no\.json cannot be read as JSON: ENOENT/));
  });

  it("variables of other services, and those that Kubernetes sets of its own, are none of its business", () => {
    const env = {
      WORLDMODELS_ENCODER_ROWS: "x",
      WORLDMODELS_TEST_JOBS_SERVICE_HOST: "10.0.0.1",
      WORLDMODELS_TEST_JOBS_SERVICE_PORT: "50051",
      WORLDMODELS_TEST_JOBS_SERVICE_PORT_GRPC: "50051",
      WORLDMODELS_TEST_JOBS_PORT: "tcp://10.0.0.1:50051",
      WORLDMODELS_TEST_JOBS_PORT_50051_TCP: "tcp://10.0.0.1:50051",
      WORLDMODELS_TEST_JOBS_PORT_50051_TCP_ADDR: "10.0.0.1",
    };
    assert.deepEqual(read([], env), { rows: 7, model_path: "", warm: false });
  });

  it("the help names every setting, its flag, its variable, its bounds and default", () => {
    const help = describeService("test-jobs", "Jobs that do nothing.", { ...serverSettings, ...schema });
    assert.match(help, /^test-jobs: Jobs that do nothing\.\n/);
    assert.match(help, /--model-path {2}\(WORLDMODELS_TEST_JOBS_MODEL_PATH\)\n {6}Where the model is\n/);
    assert.match(help, /integer, 1 to 9, default 7/);
    for (const name of Object.keys(serverSettings)) {
      assert.ok(
        help.includes(`--${name.replaceAll("_", "-")} `) && help.includes(variableOf("test-jobs", name)),
      );
    }
  });
});
