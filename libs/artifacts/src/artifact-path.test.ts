import assert from "node:assert/strict";
import { test } from "node:test";
import { faultOfPath } from "./artifact-path.js";

for (const path of ["a", "a.bin", "deep/er/b.bin", ".hidden", "..a", "a..", "ä/ö", "deep/artifact.json"]) {
  test(`${JSON.stringify(path)} is the path of a file`, () => {
    assert.equal(faultOfPath(path), undefined);
  });
}

for (const [path, fault] of [
  ["../x", /empty, "\."/],
  ["a/../../x", /empty, "\."/],
  ["..", /empty, "\."/],
  ["./a", /empty, "\."/],
  ["a//b", /empty, "\."/],
  ["a/", /empty, "\."/],
  ["", /empty, "\."/],
  ["/etc/passwd", /is absolute/],
  ["a\0b", /NUL/],
  ["a\\b", /backslash/],
  ["artifact.json", /manifest's own/],
  ["a/".repeat(600) + "b", /1201 characters; at most 1024/],
  ["ä".repeat(128), /more than 255 bytes/],
] as const) {
  test(`${JSON.stringify(path).slice(0, 30)} is refused`, () => {
    assert.match(faultOfPath(path) ?? "", fault);
  });
}
