import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson, digestJson } from "./json.js";

test("objects built in another order have the same canonical JSON and digest", () => {
  const one = { b: 1, a: [{ y: 2, x: null }] };
  const other = { a: [{ x: null, y: 2 }], b: 1 };
  assert.equal(canonicalJson(one), '{"a":[{"x":null,"y":2}],"b":1}');
  assert.equal(digestJson(one), digestJson(other));
});

test("the order of an array counts", () => {
  assert.notEqual(digestJson([1, 2]), digestJson([2, 1]));
});

for (const value of [NaN, Infinity]) {
  test(`${value} is refused, because JSON would turn it into null`, () => {
    assert.throws(() => canonicalJson({ loss: value }), /JSON has no/);
  });
}
