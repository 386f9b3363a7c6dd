import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { findOrMake, preparePython } from "./prepare-python.js";

/** Answers for the version, makes an empty environment whose pip does as the variable PIP says, and counts in a file. */
const FAKE = `#!/bin/sh
case "$*" in
  *version_info*) echo "\${VERSION:-3.11.7} /fake/python3" ;;
  *"-m venv"*) [ -z "$VENV" ] || { echo "$VENV" >&2; exit 1; }
    for folder; do :; done
    mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python" && echo venv >> "$LOG" ;;
  *"-m pip"*) echo pip >> "$LOG"; [ -z "$PIP" ] || { echo "$PIP" >&2; exit 1; } ;;
esac
`;

/** Variables under which the fake is found as python3, and the cache is a new folder. */
async function fakeSystem(t: TestContext, more: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "prepare-python-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "bin", "python3"), FAKE);
  await chmod(join(folder, "bin", "python3"), 0o755);
  const cache = join(folder, "cache");
  return {
    cache,
    log: join(folder, "log"),
    environment: {
      PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
      WORLDMODELS_CACHE: cache,
      LOG: join(folder, "log"),
      ...more,
    },
  };
}

const linesOf = async (file: string): Promise<string[]> => {
  const { stdout } = await promisify(execFile)("cat", [file]);
  return stdout.trim().split("\n");
};

test("the environment is made once, and then found", async (t) => {
  const { environment, log, cache } = await fakeSystem(t);
  const [first, beside] = await Promise.all([
    findOrMake("vizdoom", environment),
    findOrMake("vizdoom", environment),
  ]);
  assert.deepEqual(beside, first);
  assert.deepEqual(await findOrMake("vizdoom", environment), first);
  assert.deepEqual(await linesOf(log), ["venv", "pip"]);
  assert.ok(first.executable.startsWith(join(cache, "python", "vizdoom-")));
});

test("an environment that was not finished is made anew", async (t) => {
  const { environment, log } = await fakeSystem(t);
  const { folder } = await findOrMake("gymnasium", environment);
  await rm(join(folder, "complete.json"));
  await writeFile(join(folder, "half"), "");
  await findOrMake("gymnasium", environment);
  assert.deepEqual(await linesOf(log), ["venv", "pip", "venv", "pip"]);
  assert.deepEqual((await readdir(folder)).sort(), ["bin", "complete.json"]);
});

test("another Python gets another environment", async (t) => {
  const { environment } = await fakeSystem(t);
  const { folder } = await findOrMake("vizdoom", environment);
  const newer = await findOrMake("vizdoom", { ...environment, VERSION: "3.12.1" });
  assert.notEqual(newer.folder, folder);
});

const refusals: readonly (readonly [string, Record<string, string>, string, RegExp])[] = [
  [
    "no Python",
    { PATH: "/no/such/folder" },
    "failed-precondition",
    /vizdoom needs Python, and python3 cannot be run \(.*ENOENT\); install Python 3\.11 or later with venv and pip/,
  ],
  [
    "an old Python",
    { VERSION: "3.8.10" },
    "failed-precondition",
    /needs Python 3\.11 or later, and python3 is 3\.8/,
  ],
  [
    "no venv",
    { VENV: "Error: ensurepip is not available" },
    "failed-precondition",
    /python3 -m venv fails: Error: ensurepip is not available; install Python's venv and pip/,
  ],
  [
    "a pip that fails",
    { PIP: "ERROR: No matching distribution found for vizdoom==1.3.2\nhint: see above" },
    "unavailable",
    /the Python packages of vizdoom cannot be installed: ERROR: No matching distribution found for vizdoom==1\.3\.2$/,
  ],
  [
    "a network whose certificates pip does not know",
    { PIP: "WARNING: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed\nERROR: No matching distribution found" },
    "unavailable",
    /cannot be installed: the network's certificates are not known here; name a file of them in PIP_CERT/,
  ],
];
for (const [what, variables, code, message] of refusals) {
  test(`${what} is refused with a sentence, and nothing half-made stays`, async (t) => {
    const { environment, cache } = await fakeSystem(t, variables);
    await assert.rejects(findOrMake("vizdoom", environment), { name: "DomainError", code, message });
    assert.deepEqual(await readdir(join(cache, "python")).catch(() => []), []);
  });
}

test("a python3 that is there makes the real environment, whose packages can be imported", async () => {
  for (const module of ["vizdoom", "gymnasium"] as const) {
    const { executable } = await preparePython(module);
    const { stdout } = await promisify(execFile)(executable, [
      "-I",
      "-c",
      `import ${module}; print(${module}.__version__)`,
    ]);
    assert.match(stdout, /^1\.\d+\.\d+\n$/);
  }
});
