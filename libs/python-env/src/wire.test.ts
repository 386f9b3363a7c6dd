import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRequest, readRows, ReplyReader } from "./wire.js";
import type { Reply } from "./wire.js";

// Requests and replies have the same head.
const first = encodeRequest(2, 7, Buffer.from("one body"), { rows: 3 });
const second = encodeRequest(4, 8, new Uint8Array(0));

for (const size of [1, 3, 12, 1000]) {
  test(`replies that come in pieces of ${size} bytes are put together`, () => {
    const replies: Reply[] = [];
    const reader = new ReplyReader();
    const all = Buffer.concat([first, second, first]);
    for (let at = 0; at < all.length; at += size) {
      assert.equal(
        reader.push(all.subarray(at, at + size), (reply) => replies.push(reply)),
        undefined,
      );
    }
    assert.deepEqual(
      replies.map(({ kind, rows, sequence, body }) => [kind, rows, sequence, body.toString()]),
      [
        [2, 3, 7, "one body"],
        [4, 0, 8, ""],
        [2, 3, 7, "one body"],
      ],
    );
  });
}

test("bytes that cannot be a message's length are told", () => {
  const complaint = new ReplyReader().push(Buffer.from("Hello from pygame\n"), () => undefined);
  assert.match(complaint ?? "", /^a message of \d{10} bytes$/);
});

test("rows that end too soon or too late are refused", () => {
  const row = Buffer.alloc(12);
  assert.equal(readRows(row, 0, 1).length, 1);
  assert.throws(() => readRows(row, 0, 2), RangeError);
  assert.throws(() => readRows(Buffer.alloc(13), 0, 1), RangeError);
});
