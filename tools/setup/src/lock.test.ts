import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { withLock } from "./lock.mjs";

const folder = mkdtempSync(join(tmpdir(), "worldmodels-lock-"));
after(() => {
  rmSync(folder, { recursive: true });
});

test("two that want the same lock take turns", async () => {
  const file = join(folder, "deeper", "turns.lock");
  const events: string[] = [];
  const worker = (name: string) =>
    withLock(file, async () => {
      events.push(`${name} in`);
      await new Promise(setImmediate);
      events.push(`${name} out`);
    });
  await Promise.all([worker("first"), worker("second")]);
  assert.deepEqual(events, ["first in", "first out", "second in", "second out"]);
});

test("the lock of a process that is gone is taken over", async () => {
  const file = join(folder, "gone.lock");
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  writeFileSync(file, JSON.stringify({ pid, host: hostname() }));
  assert.equal(await withLock(file, async () => "mine"), "mine");
});

test("a lock that a kill left half written is taken over", async () => {
  const file = join(folder, "half.lock");
  writeFileSync(file, '{"pi');
  assert.equal(await withLock(file, async () => "mine"), "mine");
});

test("a failure inside passes through and leaves no lock behind", async () => {
  const file = join(folder, "failure.lock");
  await assert.rejects(
    withLock(file, () => Promise.reject(new Error("no luck"))),
    /no luck/,
  );
  assert.equal(existsSync(file), false);
});
