import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { temporaryFolder } from "./serving.test-helper.js";
import { readToken, tokenFromFile } from "./token-file.js";

describe("token files", () => {
  for (const [what, text] of [
    ["too short", "short"],
    ["of two words", "sixteen or more letters"],
    ["of two lines", "0123456789abcdef\n0123456789abcdef"],
    ["empty", ""],
  ] as const) {
    it(`a token that is ${what} is refused`, (t) => {
      const path = join(temporaryFolder(t), "token");
      writeFileSync(path, text);
      assert.throws(
        () => readToken(path),
        (error) => isDomainError(error, "invalid-argument") && error.message.includes(path),
      );
    });
  }

  it("a final newline is no part of the token", (t) => {
    const path = join(temporaryFolder(t), "token");
    writeFileSync(path, "0123456789abcdef\n");
    assert.equal(readToken(path), "0123456789abcdef");
  });

  it("a new token is taken after two seconds, and one that is none leaves the last in force", (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    const path = join(temporaryFolder(t), "token");
    writeFileSync(path, "the-first-token-of-all");
    const token = tokenFromFile(path);
    writeFileSync(path, "another-token-of-another-length");
    assert.equal(token(), "the-first-token-of-all");
    t.mock.timers.tick(2000);
    assert.equal(token(), "another-token-of-another-length");
    writeFileSync(path, "half");
    t.mock.timers.tick(2000);
    assert.equal(token(), "another-token-of-another-length");
  });

  it("a file that is missing to begin with is named", () => {
    assert.throws(() => tokenFromFile("/no/token"), { message: /^\/no\/token cannot be read \(ENOENT\)/ });
  });
});
