import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { forwardOutput } from "./forward-output.js";

test("a library's log lines are dropped, and everything else is passed on", async () => {
  const noise = [
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1795462716.208189    5635 port.cc:153] oneDNN custom operations are on.",
  ];
  const words = ["Error: something real", "    at somewhere", "WARNING: a warning of ours"];
  const target = new PassThrough();
  const source = Readable.from([[noise[0], words[0], noise[1], words[1], words[2]].join("\n")]);
  source.on("end", () => setImmediate(() => target.end()));
  forwardOutput(source, target);
  assert.equal(await text(target), `${words.join("\n")}\n`);
});
