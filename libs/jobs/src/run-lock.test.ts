import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { lockFolder } from "./run-lock.js";

const root = mkdtempSync(join(tmpdir(), "lock-"));
after(() => {
  rmSync(root, { recursive: true });
});
const newFolder = () => mkdtempSync(join(root, "folder-"));

test("a folder is free again when it is given back, and nothing is left in it", async () => {
  const folder = newFolder();
  for (let turn = 0; turn < 2; turn++) {
    const unlock = await lockFolder(folder);
    assert.deepEqual(readdirSync(folder), ["lock"]);
    await unlock();
    await unlock();
    assert.deepEqual(readdirSync(folder), []);
  }
});

test("the same process cannot take a folder twice", async () => {
  const folder = newFolder();
  const unlock = await lockFolder(folder);
  await assert.rejects(lockFolder(join(folder, ".")), {
    code: "failed-precondition",
    message: /is in use by this process; wait for it, stop it, or choose another folder$/,
  });
  await unlock();
});

test("of many that ask at once one gets the folder", async () => {
  const folder = newFolder();
  const asked = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
  assert.equal(asked.filter(({ status }) => status === "fulfilled").length, 1);
});

test("a living process keeps its folder; a killed one's is taken over", { timeout: 60_000 }, async () => {
  const folder = newFolder();
  const holder = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(new URL("./lock-holder.test-worker.ts", import.meta.url)), folder],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  await once(holder.stdout, "data");
  await assert.rejects(lockFolder(folder), {
    code: "failed-precondition",
    message: new RegExp(`is in use by process ${holder.pid};`),
  });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  await (
    await lockFolder(folder)
  )();
  assert.deepEqual(readdirSync(folder), []);
});

const HOUR_AGO = new Date(Date.now() - 3600_000);
const NOW = new Date();
const here = { pid: process.pid, host: hostname(), began: "0" };
for (const [what, owner, touched, isFree] of [
  ["an earlier process that had this one's number", here, NOW, true],
  ["a process whose number another one has now", { ...here, pid: process.ppid }, NOW, true],
  ["a process of another machine", { ...here, host: "elsewhere" }, NOW, false],
  [
    "a process of another machine that has been silent for an hour",
    { ...here, host: "elsewhere" },
    HOUR_AGO,
    true,
  ],
  ["nobody: the file is damaged", "", NOW, true],
] as const) {
  test(`the lock of ${what} is ${isFree ? "taken over" : "respected"}`, async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "lock"), JSON.stringify(owner));
    utimesSync(join(folder, "lock"), touched, touched);
    const taken = await lockFolder(folder).then(
      () => "taken",
      (error: unknown) => (error as Error).message,
    );
    assert.match(taken, isFree ? /^taken$/ : /is in use by process \d+ on elsewhere;/);
    assert.equal(readdirSync(folder).length, 1);
    const { host } = JSON.parse(readFileSync(join(folder, "lock"), "utf8")) as { host: string };
    assert.equal(host, isFree ? hostname() : "elsewhere");
  });
}
