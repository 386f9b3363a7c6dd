import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hashToken, newToken, parseClients, readClients } from "./clients-file.js";
import { temporaryFolder } from "./serving.test-helper.js";

const digest = hashToken("a token");

describe("a clients file", () => {
  it("is read into identities and limits", () => {
    const { clients, others } = parseClients(
      {
        clients: {
          alice: {
            token_sha256: digest,
            calls_per_second: 200,
            calls_at_once: 64,
            jobs_at_once: 2,
            streams_at_once: 8,
          },
          encoder: {},
          mallory: { refused: true },
        },
        default: { calls_per_second: 1000 },
      },
      "f",
    );
    assert.deepEqual(
      [...clients.values()],
      [
        {
          identity: "alice",
          tokenDigest: Buffer.from(digest, "hex"),
          refused: false,
          limits: { callsPerSecond: 200, callsAtOnce: 64, jobsAtOnce: 2, streamsAtOnce: 8 },
        },
        { identity: "encoder", tokenDigest: undefined, refused: false, limits: {} },
        { identity: "mallory", tokenDigest: undefined, refused: true, limits: {} },
      ],
    );
    assert.deepEqual(others, { callsPerSecond: 1000 });
  });

  it("without default knows no others", () => {
    assert.deepEqual(parseClients({ clients: {} }, "f"), { clients: new Map(), others: undefined });
  });

  for (const [value, why] of [
    [[], "it is no JSON object"],
    [{ client: {} }, 'there is no "client" in a clients file'],
    [{ clients: [] }, "its clients are no JSON object"],
    [{ clients: { "a b": {} } }, '"a b" is no identity: 1 to 64 visible ASCII characters without spaces'],
    [{ clients: { alice: 7 } }, "the entry of alice is no JSON object"],
    [
      { clients: { alice: { token: "x" } } },
      'there is no "token" for alice (there are calls_per_second, calls_at_once, streams_at_once, jobs_at_once)',
    ],
    [
      { clients: { alice: { token_sha256: "ab" } } },
      "token_sha256 of alice is not 64 hex digits in lower case",
    ],
    [{ clients: { alice: { refused: "yes" } } }, "refused of alice is neither true nor false"],
    [
      { clients: { alice: { calls_at_once: 0 } } },
      "calls_at_once of alice = 0 is no whole number from 1 to 1000000",
    ],
    [
      { clients: { alice: { calls_at_once: "8" } } },
      'calls_at_once of alice = "8" is no whole number from 1 to 1000000',
    ],
    [
      { default: { calls_at_once: 1.5 } },
      "calls_at_once of default = 1.5 is no whole number from 1 to 1000000",
    ],
    [{ default: 7 }, "the limits of default are no JSON object"],
    [
      { clients: { a: { token_sha256: digest }, b: { token_sha256: digest } } },
      `two clients have the same token_sha256 ${digest}`,
    ],
  ] as const) {
    it(`is refused where ${why.slice(0, 60)}`, () => {
      assert.throws(
        () => parseClients(value, "/etc/clients.json"),
        (error: Error) => {
          assert.equal(error.message.split("; write")[0], `the clients file /etc/clients.json: ${why}`);
          return true;
        },
      );
    });
  }

  it("that is no JSON, or is not there, is named", (t) => {
    const path = join(temporaryFolder(t), "clients.json");
    assert.throws(() => readClients(path), {
      code: "not-found",
      message: `${path} cannot be read (ENOENT); give another path`,
    });
    writeFileSync(path, "{");
    assert.throws(() => readClients(path), {
      code: "invalid-argument",
      message: new RegExp(`^the clients file ${path} is not JSON`),
    });
  });
});

describe("a token", () => {
  it("is of 256 random bits, and its digest is its SHA-256", () => {
    const [one, other] = [newToken(), newToken()];
    assert.match(one, /^wm_[A-Za-z0-9_-]{43}$/);
    assert.notEqual(one, other);
    assert.equal(hashToken("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
