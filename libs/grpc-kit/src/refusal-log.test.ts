import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRefusalLog } from "./refusal-log.js";
import type { Refusal } from "./refusal-log.js";

const refusal: Refusal = {
  method: "/worldmodels.job.v1.JobService/ListJobs",
  peer: "10.0.0.7:41234",
  identity: undefined,
  code: "unauthenticated",
  reason: "the token is not one that this service knows; ask for a new one",
};

describe("the log of refusals", () => {
  it("has one line in ten seconds for one address, with how many there were", () => {
    let now = 0;
    const lines: unknown[] = [];
    const refuse = createRefusalLog(
      ({ peer, times }) => lines.push([peer, times]),
      () => now,
    );
    for (const port of [1, 2, 3, 4]) refuse({ ...refusal, peer: `10.0.0.7:${port}` });
    now = 10_000;
    refuse({ ...refusal, peer: "10.0.0.7:5" });
    refuse({ ...refusal, peer: "10.0.0.7:6" });
    assert.deepEqual(lines, [
      ["10.0.0.7:1", 1],
      ["10.0.0.7:5", 4],
    ]);
  });

  it("tells addresses, identities and kinds apart", () => {
    const lines: unknown[] = [];
    const refuse = createRefusalLog(
      ({ peer, identity, code }) => lines.push([identity ?? peer, code]),
      () => 0,
    );
    refuse(refusal);
    refuse({ ...refusal, peer: "10.0.0.8:1" });
    refuse({ ...refusal, identity: "alice", code: "resource-exhausted" });
    refuse({ ...refusal, identity: "alice", code: "permission-denied" });
    refuse({ ...refusal, identity: "alice", code: "permission-denied", peer: "10.0.0.9:1" });
    assert.deepEqual(lines, [
      ["10.0.0.7:41234", "unauthenticated"],
      ["10.0.0.8:1", "unauthenticated"],
      ["alice", "resource-exhausted"],
      ["alice", "permission-denied"],
    ]);
  });
});
