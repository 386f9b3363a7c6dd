import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeVersionProblem } from "./node-version.mjs";

const RANGE = ">=20.19 <27";

for (const version of ["20.19.0", "20.20.2", "21.0.0", "22.1.0", "26.10.0"]) {
  test(`Node ${version} will do`, () => {
    assert.equal(nodeVersionProblem(version, RANGE), undefined);
  });
}

for (const version of ["18.20.8", "20.9.0", "20.18.3", "27.0.0", "30.1.0"]) {
  test(`Node ${version} is refused with a sentence that names it and the range`, () => {
    assert.match(
      nodeVersionProblem(version, RANGE) ?? "",
      new RegExp(`Node 20\\.19 or later and below 27, and this is Node ${version}:`),
    );
  });
}

test("the repository's own range is one that can be read", () => {
  assert.equal(nodeVersionProblem("22.0.0"), undefined);
});

test("a range of another form is an error, not a pass", () => {
  assert.throws(() => nodeVersionProblem("22.0.0", "^22"), /"\^22"; expected the form/);
});
