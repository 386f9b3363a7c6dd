import assert from "node:assert/strict";
import { test } from "node:test";
import { createChunkCache } from "./chunk-cache.js";

function countingCache(maxBytes: number) {
  const cache = createChunkCache<Uint8Array>(maxBytes);
  const made: string[] = [];
  const get = (key: string) =>
    cache.get(key, () => {
      made.push(key);
      return new Uint8Array(10);
    });
  return { get, made };
}

test("what was used longest ago goes first", () => {
  const { get, made } = countingCache(20);
  for (const key of ["a", "b", "a", "c", "a", "b"]) get(key);
  assert.deepEqual(made, ["a", "b", "c", "b"]);
});

test("a cache of 0 bytes still keeps the last value", () => {
  const { get, made } = countingCache(0);
  for (const key of ["a", "a", "b", "a"]) get(key);
  assert.deepEqual(made, ["a", "b", "a"]);
});
