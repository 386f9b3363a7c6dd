import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readJson, writeFileAtomic } from "./atomic-file.js";
import { explainWriteError } from "./disk-error.js";

const folder = await mkdtemp(join(tmpdir(), "atomic-file-"));
after(() => rm(folder, { recursive: true }));

test("writeFileAtomic makes missing folders, replaces the old content and leaves nothing beside it", async () => {
  const path = join(folder, "deep", "file.txt");
  await writeFileAtomic(path, "old");
  await writeFileAtomic(path, "new");
  assert.equal(await readFile(path, "utf8"), "new");
  assert.deepEqual(await readdir(join(folder, "deep")), ["file.txt"]);
});

test("writeFileAtomic gives a file the permissions that are asked for, from its first byte on", async () => {
  const path = join(folder, "secret");
  await writeFileAtomic(path, "hush", { mode: 0o600 });
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("writeFileAtomic cleans up when the last step fails", async () => {
  await mkdir(join(folder, "taken", "full"), { recursive: true });
  await assert.rejects(writeFileAtomic(join(folder, "taken"), "text"));
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("readJson says which file is missing", async () => {
  await assert.rejects(readJson(join(folder, "none.json"), "job record"), {
    code: "not-found",
    message: `there is no job record at ${join(folder, "none.json")}`,
  });
});

test("readJson finds nothing below a file", async () => {
  const path = join(folder, "plain");
  await writeFile(path, "");
  await assert.rejects(readJson(join(path, "none.json"), "job record"), { code: "not-found" });
});

test("readJson says which file is cut off", async () => {
  const path = join(folder, "cut.json");
  await writeFile(path, '{"a": ');
  await assert.rejects(readJson(path, "job record"), {
    code: "data-loss",
    message: /the job record at .*cut\.json/,
  });
});

for (const [code, expected] of [
  ["ENOSPC", "resource-exhausted"],
  ["EDQUOT", "resource-exhausted"],
  ["EROFS", "failed-precondition"],
  ["ENOTDIR", "failed-precondition"],
] as const) {
  test(`${code} is explained as ${expected}`, () => {
    const cause = Object.assign(new Error("write failed"), { code });
    const explained = explainWriteError(cause, 'artifact "vae"', "/data") as {
      code: string;
      message: string;
    };
    assert.equal(explained.code, expected);
    assert.match(explained.message, /artifact "vae".*\/data/);
  });
}

test("an error that is not the disk's stays as it is", () => {
  const bug = new TypeError("x is undefined");
  assert.equal(explainWriteError(bug, "file", "/data"), bug);
});
