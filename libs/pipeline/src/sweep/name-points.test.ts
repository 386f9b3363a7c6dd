import assert from "node:assert/strict";
import { test } from "node:test";
import { namePoints } from "./name-points.js";

test("a name has the last word of each setting, and its value", () => {
  assert.deepEqual(
    namePoints([
      [
        ["evolve.env.temperature", "1.15"],
        ["mdn_rnn.hidden", "512"],
      ],
    ]),
    ["temperature-1.15_hidden-512"],
  );
});

test("settings that end in the same word have as many words as tell them apart", () => {
  assert.deepEqual(
    namePoints([
      [
        ["vae.batch", "1"],
        ["mdn_rnn.batch", "2"],
      ],
    ]),
    ["vae.batch-1_mdn_rnn.batch-2"],
  );
});

test("ways to write a number give one name", () => {
  assert.deepEqual(namePoints([[["a.b", "1.0"]]]), namePoints([[["a.b", "1"]]]));
});

test("what a file system or a shell may not like is not in a name, and names stay apart", () => {
  const names = namePoints([
    [["a.env", "dream:/x y?t=1"]],
    [["a.env", "dream://x y?t=1"]],
    [["a.env", "DREAM:/x-y?t=1"]],
  ]);
  assert.equal(new Set(names.map((name) => name.toLowerCase())).size, 3);
  for (const name of names) assert.match(name, /^env-dream-x-y-t-1-[0-9a-f]{8}$/i);
});

test("a long value is cut", () => {
  const [one, other] = namePoints([[["a.b", "x".repeat(300)]], [["a.b", `${"x".repeat(300)}y`]]]);
  assert.ok(one!.length <= 80 && other!.length <= 80);
  assert.notEqual(one, other);
});
