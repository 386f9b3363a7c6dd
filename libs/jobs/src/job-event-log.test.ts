import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openJobEventLog } from "./job-event-log.js";

const root = mkdtempSync(join(tmpdir(), "events-"));
after(() => {
  rmSync(root, { recursive: true });
});
const newFile = () => join(mkdtempSync(join(root, "job-")), "events.jsonl");
const numbers = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { sequence: number }).sequence);

test("events are there again when the log is opened again, and numbers go on", async () => {
  const path = newFile();
  await (await openJobEventLog(path)).append([{ state: "QUEUED" }, { line: "ä\n2" }]);
  const log = await openJobEventLog(path);
  assert.deepEqual(log.events, [{ state: "QUEUED" }, { line: "ä\n2" }]);
  await log.append([{ state: "RUNNING" }]);
  assert.deepEqual(numbers(path), [1, 2, 3]);
});

test("a torn last line is dropped, and what comes next takes its place", async () => {
  const path = newFile();
  writeFileSync(path, '{"line":"whole"}\n{"line":"torn, and longer than what follows');
  const log = await openJobEventLog(path);
  assert.deepEqual(log.events, [{ line: "whole" }]);
  await log.append([{ line: "x" }]);
  assert.deepEqual((await openJobEventLog(path)).events, [{ line: "whole" }, { line: "x" }]);
});

test("a damaged line leaves the others their numbers", async () => {
  const path = newFile();
  writeFileSync(path, '{"line":"1"}\nrubbish\n{"state":"DREAMING"}\n{"line":"4"}\n');
  const damaged = { line: "(this event is damaged on disk)" };
  assert.deepEqual((await openJobEventLog(path)).events, [{ line: "1" }, damaged, damaged, { line: "4" }]);
});

test("what could not be written is written with the next", async () => {
  const path = newFile();
  mkdirSync(path);
  const log = await openJobEventLog(path);
  await assert.rejects(log.append([{ line: "1" }]), { code: "EISDIR" });
  rmdirSync(path);
  await log.append([{ line: "2" }]);
  assert.deepEqual((await openJobEventLog(path)).events, [{ line: "1" }, { line: "2" }]);
  assert.deepEqual(numbers(path), [1, 2]);
});
