import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { createAuthority } from "./certificates.test-helper.js";
import { checkHealth } from "./check-health.js";
import type { ClientTls } from "./credentials.js";
import { clientCredentials, readToken, serverCredentials } from "./credentials.js";
import { connectTo, startServing, temporaryFolder } from "./serving.test-helper.js";
import type { TestContext } from "node:test";

const inTime = { deadlineMs: 10_000 };

/** A server with TLS, the authority that signed it, and one that it does not know. */
async function startSecure(t: TestContext, mutual: boolean) {
  const folder = temporaryFolder(t);
  const authority = createAuthority(folder, "ours");
  const foreign = createAuthority(folder, "foreign");
  const tls = { ...authority.issue("server"), ...(mutual && { clientCa: authority.ca }) };
  const { server } = await startServing(t, {}, { tls });
  const check = (client?: ClientTls) =>
    checkHealth(connectTo(t, server.address, { tls: client }).connection, inTime);
  return { folder, authority, foreign, server, check };
}

const refused = (sentence: RegExp) => (error: unknown) => {
  assert.ok(isDomainError(error, "unavailable"), String(error));
  assert.match(error.message, sentence);
  assert.ok(error.message.length < 400 && !error.message.includes("\n"), error.message);
  return true;
};

describe("TLS", () => {
  it("a client that trusts the authority is served", async (t) => {
    const { check, authority } = await startSecure(t, false);
    assert.equal(await check({ ca: authority.ca }), "SERVING");
  });

  it("a client that trusts another authority leaves", async (t) => {
    const { check, foreign } = await startSecure(t, false);
    await assert.rejects(check({ ca: foreign.ca }), refused(/cannot be reached \(.*certificate.*\)/));
  });

  it("a client without TLS is told what to give", async (t) => {
    const { check } = await startSecure(t, false);
    await assert.rejects(check(), refused(/if it asks for TLS, give this client a certificate authority/));
  });

  it("a client with TLS at a port without it is told so", async (t) => {
    const { ca } = createAuthority(temporaryFolder(t), "ours");
    const { server } = await startServing(t, {});
    const { connection } = connectTo(t, server.address, { tls: { ca } });
    await assert.rejects(
      checkHealth(connection, inTime),
      refused(/^the service at \S+ cannot be reached \(it does not speak TLS, and this client does/),
    );
  });
});

describe("mutual TLS", () => {
  it("a client with a certificate of the authority is served", async (t) => {
    const { check, authority } = await startSecure(t, true);
    assert.equal(await check({ ca: authority.ca, ...authority.issue("client") }), "SERVING");
  });

  it("a client without a certificate is refused", async (t) => {
    const { check, authority } = await startSecure(t, true);
    await assert.rejects(check({ ca: authority.ca }), refused(/certificate/));
  });

  it("a client with a certificate of another authority is refused", async (t) => {
    const { check, authority, foreign } = await startSecure(t, true);
    await assert.rejects(
      check({ ca: authority.ca, ...foreign.issue("stranger") }),
      // Either end may be the first to see the refusal: TLS 1.3's client is through before the server has looked.
      refused(/certificate|broke the connection off/),
    );
  });
});

describe("files of TLS", () => {
  it("a file that is missing is named", (t) => {
    const path = join(temporaryFolder(t), "no.pem");
    assert.throws(
      () => serverCredentials({ cert: path, key: path }),
      (error) =>
        isDomainError(error, "not-found") && error.message.startsWith(`${path} cannot be read (ENOENT)`),
    );
  });

  it("a file that is something else is named", (t) => {
    const path = join(temporaryFolder(t), "notes.txt");
    writeFileSync(path, "remember the milk");
    assert.throws(
      () => clientCredentials({ ca: path }),
      (error) =>
        isDomainError(error, "invalid-argument") &&
        error.message === `${path} holds no PEM block "CERTIFICATE"; give the path of one`,
    );
  });

  it("certificate and key in each other's place are found", (t) => {
    const { cert, key } = createAuthority(temporaryFolder(t), "ours").issue("server");
    assert.throws(() => serverCredentials({ cert: key, key: cert }), /holds no PEM block "CERTIFICATE"/);
  });

  for (const [side, make] of [
    ["server", (cert: string, key: string) => serverCredentials({ cert, key })],
    ["client", (cert: string, key: string) => clientCredentials({ cert, key })],
  ] as const) {
    it(`a key that is another certificate's is refused (${side})`, (t) => {
      const authority = createAuthority(temporaryFolder(t), "ours");
      const [one, other] = [authority.issue("one"), authority.issue("other")];
      assert.throws(
        () => make(one.cert, other.key),
        (error) =>
          isDomainError(error, "invalid-argument") &&
          error.message.startsWith(`the ${side}'s certificate and key do not fit each other`),
      );
    });
  }

  it("a damaged certificate is refused", (t) => {
    const folder = temporaryFolder(t);
    const { key } = createAuthority(folder, "ours").issue("server");
    const cert = join(folder, "damaged.pem");
    writeFileSync(cert, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert.throws(
      () => serverCredentials({ cert, key }),
      (error) => isDomainError(error, "invalid-argument"),
    );
  });

  it("a client's certificate without its key is refused", () => {
    assert.throws(() => clientCredentials({ cert: "x" }), /go together/);
  });
});

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
});
