import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DomainError, isDomainError } from "@worldmodels/errors";
import type { ErrorCode } from "@worldmodels/errors";
import { codeOfStatus, fromStatus, statusNumber, toStatus } from "./status.js";

// Numbers of google.rpc.Code, written out: they are what other languages' clients see.
const NUMBERS: Readonly<Record<ErrorCode, number>> = {
  cancelled: 1,
  "invalid-argument": 3,
  "deadline-exceeded": 4,
  "not-found": 5,
  "already-exists": 6,
  "permission-denied": 7,
  "resource-exhausted": 8,
  "failed-precondition": 9,
  "out-of-range": 11,
  unimplemented: 12,
  unavailable: 14,
  "data-loss": 15,
  unauthenticated: 16,
};

const noBug = (error: unknown) => {
  assert.fail(`reported as a bug: ${String(error)}`);
};

describe("status", () => {
  for (const [code, number] of Object.entries(NUMBERS) as [ErrorCode, number][]) {
    it(`${code} leaves as ${number} with its sentence`, () => {
      assert.deepEqual(toStatus(new DomainError(code, "rows = 0; 1 or more"), noBug), {
        code: number,
        details: "rows = 0; 1 or more",
      });
      assert.equal(statusNumber(code), number);
      assert.equal(codeOfStatus(number), code);
    });
  }

  for (const code of (Object.keys(NUMBERS) as ErrorCode[]).filter((code) => code !== "cancelled")) {
    it(`${code} arrives as it left`, () => {
      const error = fromStatus(NUMBERS[code], "rows = 0; 1 or more", "the service at x:1");
      assert.ok(isDomainError(error, code));
      assert.equal(error.message, "rows = 0; 1 or more");
    });
  }

  it("a CANCELLED that this side did not ask for is no Ctrl-C of its user", () => {
    const error = fromStatus(1, "the job was cancelled", "the service at x:1");
    assert.ok(isDomainError(error, "unavailable"));
    assert.equal(error.message, "the service at x:1 ended the call (the job was cancelled)");
  });

  it("a bug's text goes to the log and not to the caller", () => {
    const told: unknown[] = [];
    const bug = new TypeError("cannot read /home/me/secret");
    const { code, details } = toStatus(bug, (error) => told.push(error));
    assert.equal(code, 13);
    assert.equal(details, "internal error; the service's log has the reason");
    assert.deepEqual(told, [bug]);
  });

  for (const [number, name] of [
    [2, "UNKNOWN"],
    [10, "ABORTED"],
    [13, "INTERNAL"],
    [99, "a number of the future"],
  ] as const) {
    it(`${name} arrives as a bug over there, not as a DomainError`, () => {
      const error = fromStatus(number, "internal error", "the service at x:1");
      assert.ok(!isDomainError(error));
      assert.equal(error.message, "the service at x:1 failed: internal error");
      assert.equal(codeOfStatus(number), undefined);
    });
  }

  it("a sentence that a header cannot carry is mended", () => {
    const { details } = toStatus(new DomainError("invalid-argument", `name = "\ud83d"`), noBug);
    assert.equal(details, `name = "\ufffd"`);
    assert.equal(
      toStatus(new DomainError("not-found", "🚗 is not here"), noBug).details,
      "🚗 is not here",
      "whole characters stay",
    );
  });

  it("a sentence without an end is cut", () => {
    const { details } = toStatus(new DomainError("invalid-argument", "x".repeat(1_000_000)), noBug);
    assert.equal(details.length, 4001);
  });
});
