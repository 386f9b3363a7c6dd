import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CallQuota } from "./call-quota.js";

const exhausted = (message: string) => ({ code: "resource-exhausted", message });

describe("a quota", () => {
  it("lets a second's worth of calls come at once, and then one whenever its share of time has passed", () => {
    let now = 0;
    const quota = new CallQuota(() => now);
    const alice = { identity: "alice", limits: { callsPerSecond: 4 } };
    const begin = () => quota.begin(alice, false);
    for (let call = 0; call < 4; call++) begin();
    assert.throws(
      begin,
      exhausted("alice may make 4 calls a second, and has made them; try again in 250 ms"),
    );
    now = 100;
    assert.throws(
      begin,
      exhausted("alice may make 4 calls a second, and has made them; try again in 150 ms"),
    );
    now = 250;
    begin();
    assert.throws(begin, /try again in 250 ms/);
    now = 10_000;
    for (let call = 0; call < 4; call++) begin();
    assert.throws(begin, /try again in 250 ms/);
  });

  it("counts an end once, whoever says it twice", () => {
    const quota = new CallQuota(() => 0);
    const alice = { identity: "alice", limits: { callsAtOnce: 2 } };
    const end = quota.begin(alice, false);
    quota.begin(alice, false);
    end();
    end();
    quota.begin(alice, false);
    assert.throws(() => quota.begin(alice, false), /^DomainError: alice may have 2 calls open at once/);
  });

  it("counts streams apart from calls, and each identity apart", () => {
    const quota = new CallQuota(() => 0);
    const limits = { callsAtOnce: 1, streamsAtOnce: 1 };
    for (const identity of ["alice", "bob"]) {
      quota.begin({ identity, limits }, false);
      quota.begin({ identity, limits }, true);
      assert.throws(
        () => quota.begin({ identity, limits }, true),
        exhausted(`${identity} may have 1 streams open at once, and has them; try again when one has ended`),
      );
    }
  });

  it("does not count a call that it refuses", () => {
    let now = 0;
    const quota = new CallQuota(() => now);
    const alice = { identity: "alice", limits: { callsPerSecond: 1, callsAtOnce: 1 } };
    const end = quota.begin(alice, false);
    assert.throws(() => quota.begin(alice, false), /open at once/);
    end();
    assert.throws(() => quota.begin(alice, false), /calls a second/);
    now = 1000;
    quota.begin(alice, false);
  });

  it("takes up new limits at once", () => {
    const quota = new CallQuota(() => 0);
    quota.begin({ identity: "alice", limits: {} }, false);
    assert.throws(
      () => quota.begin({ identity: "alice", limits: { callsAtOnce: 1 } }, false),
      /may have 1 calls/,
    );
    quota.begin({ identity: "alice", limits: { callsAtOnce: 2, callsPerSecond: 1 } }, false)();
    assert.throws(
      () => quota.begin({ identity: "alice", limits: { callsPerSecond: 1 } }, false),
      /may make 1 calls a second/,
    );
  });
});
