import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { engineProblem, ensureEngine, mayInstall } from "./engine.mjs";

/** The only programs to be found are a shell and, where a script is given, docker. */
function withDocker(t: TestContext, script?: string): void {
  const folder = mkdtempSync(join(tmpdir(), "wm-engine-"));
  const { PATH } = process.env;
  t.after(() => {
    process.env["PATH"] = PATH;
    rmSync(folder, { recursive: true });
  });
  process.env["PATH"] = folder;
  if (script === undefined) return;
  writeFileSync(join(folder, "docker"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "docker"), 0o755);
}

for (const [what, script, problem] of [
  ["docker", undefined, "there is no docker command here"],
  [
    "the engine",
    "echo 'Cannot connect to the Docker daemon' >&2; exit 1",
    "Docker's engine does not answer (Cannot connect to the Docker daemon)",
  ],
  ["compose", "[ $1 != compose ]", "Docker has no compose plugin here"],
  ["buildx", "[ $1 != buildx ]", "Docker has no buildx plugin here"],
  ["nothing", "exit 0", undefined],
] as const) {
  test(`where ${what} is missing, that is said`, async (t) => {
    withDocker(t, script);
    assert.equal(await engineProblem(), problem);
  });
}

test("a machine that does not call itself disposable is told what to install, and is not changed", async (t) => {
  assert.match(mayInstall({}) ?? "", /^this machine does not say that it is a disposable one/);
  withDocker(t);
  await assert.rejects(
    ensureEngine({}),
    /^Error: there is no docker command here\. Install Docker Engine with its compose and buildx plugins, .*CI=true\)\.$/,
  );
});

test("an engine that is there is used, and left running", async (t) => {
  withDocker(t, "exit 0");
  const engine = await ensureEngine({});
  assert.equal(engine.started, false);
  await engine.stop();
});
