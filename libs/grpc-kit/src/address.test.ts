import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { formatAddress, isLocal, parseAddress } from "./address.js";
import type { Address } from "./address.js";

const GOOD: readonly (readonly [text: string, address: Address, shown: string, local: boolean])[] = [
  ["unix:/run/e.sock", { type: "unix", path: "/run/e.sock" }, "unix:/run/e.sock", true],
  ["unix:///run/e.sock", { type: "unix", path: "/run/e.sock" }, "unix:/run/e.sock", true],
  ["unix:e.sock", { type: "unix", path: "e.sock" }, "unix:e.sock", true],
  ["127.0.0.1:50051", { type: "tcp", host: "127.0.0.1", port: 50051 }, "127.0.0.1:50051", true],
  ["0.0.0.0:0", { type: "tcp", host: "0.0.0.0", port: 0 }, "0.0.0.0:0", false],
  ["[::1]:65535", { type: "tcp", host: "::1", port: 65535 }, "[::1]:65535", true],
  ["[::]:1", { type: "tcp", host: "::", port: 1 }, "[::]:1", false],
  ["localhost:1", { type: "tcp", host: "localhost", port: 1 }, "localhost:1", true],
  ["encoder.models:1", { type: "tcp", host: "encoder.models", port: 1 }, "encoder.models:1", false],
  ["dns:///encoder:1", { type: "tcp", host: "encoder", port: 1 }, "encoder:1", false],
  ["dns:encoder:1", { type: "tcp", host: "encoder", port: 1 }, "encoder:1", false],
  ["ipv4:127.0.0.1:1", { type: "tcp", host: "127.0.0.1", port: 1 }, "127.0.0.1:1", true],
];

const BAD: readonly (readonly [text: string, why: RegExp])[] = [
  ["", /is no address/],
  ["encoder", /is no address/],
  ["encoder:", /is no address/],
  [":50051", /is no address/],
  ["encoder:65536", /is no address/],
  ["encoder:-1", /is no address/],
  ["::1:50051", /is no address/],
  ["http://encoder:1", /is no address/],
  ["two words:1", /is no address/],
  ["unix:", /names no socket/],
  [`unix:/${"x".repeat(107)}`, /is a path of 108 bytes, and sockets allow 107/],
  [`unix:/${"ü".repeat(54)}`, /is a path of 109 bytes/],
];

describe("addresses", () => {
  for (const [text, address, shown, local] of GOOD) {
    it(`"${text}" is ${shown}`, () => {
      assert.deepEqual(parseAddress(text, "listen"), address);
      assert.equal(formatAddress(address), shown);
      assert.deepEqual(parseAddress(shown, "listen"), address);
      assert.equal(isLocal(address), local);
    });
  }

  for (const [text, why] of BAD) {
    it(`"${text.slice(0, 30)}" is refused with the setting's name and a form that would do`, () => {
      assert.throws(
        () => parseAddress(text, "listen"),
        (error) =>
          isDomainError(error, "invalid-argument") &&
          error.message.startsWith(`listen = "${text}" `) &&
          why.test(error.message) &&
          error.message.includes("127.0.0.1:50051"),
      );
    });
  }

  it("the longest path that a socket allows is welcome", () => {
    const path = `/${"x".repeat(106)}`;
    assert.deepEqual(parseAddress(`unix:${path}`, "listen"), { type: "unix", path });
  });
});
