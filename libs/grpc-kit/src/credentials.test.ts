import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { createAuthority } from "./certificates.test-helper.js";
import type { IssueOptions } from "./certificates.test-helper.js";
import { checkHealth } from "./check-health.js";
import type { ClientTls } from "./credentials.js";
import { clientCredentials, serverCredentials } from "./credentials.js";
import { connectTo, startServing, temporaryFolder } from "./serving.test-helper.js";
import type { TestContext } from "node:test";

const inTime = { deadlineMs: 10_000 };

/** A server with TLS, the authority that signed it, and one that it does not know. */
async function startSecure(t: TestContext, mutual: boolean, server: IssueOptions = {}) {
  const folder = temporaryFolder(t);
  const authority = await createAuthority(folder, "ours");
  const foreign = await createAuthority(folder, "foreign");
  const tls = { ...(await authority.issue("server", server)), ...(mutual && { clientCa: authority.ca }) };
  const started = await startServing(t, {}, { tls });
  const check = (client?: ClientTls) =>
    checkHealth(connectTo(t, started.server.address, { tls: client }).connection, inTime);
  return { folder, authority, foreign, check };
}

const refused = (sentence: RegExp) => (error: unknown) => {
  assert.ok(isDomainError(error, "unavailable"), String(error));
  assert.match(error.message, sentence);
  assert.ok(error.message.length < 600 && !error.message.includes("\n"), error.message);
  return true;
};

describe("TLS", () => {
  it("a client that trusts the authority is served", async (t) => {
    const { check, authority } = await startSecure(t, false);
    assert.equal(await check({ ca: authority.ca }), "SERVING");
  });

  it("a client that trusts another authority leaves, and says which it knows", async (t) => {
    const { check, foreign } = await startSecure(t, false);
    await assert.rejects(
      check({ ca: foreign.ca }),
      refused(
        /cannot be reached \(its certificate was signed by no authority that this client knows \(\S+foreign-ca\.pem\); give it/,
      ),
    );
  });

  it("a server whose certificate has expired is left, for that reason", async (t) => {
    const { check, authority } = await startSecure(t, false, { days: [-3, -1] });
    await assert.rejects(
      check({ ca: authority.ca }),
      refused(
        /cannot be reached \(its certificate, or that of its authority, has expired; have it renewed\)/,
      ),
    );
  });

  it("a server whose authority has expired is left, for that reason", async (t) => {
    const folder = temporaryFolder(t);
    const old = await createAuthority(folder, "old", { days: [-20, -1] });
    const { server } = await startServing(t, {}, { tls: await old.issue("server") });
    await assert.rejects(
      checkHealth(connectTo(t, server.address, { tls: { ca: old.ca } }).connection, inTime),
      refused(/has expired; have it renewed/),
    );
  });

  it("a server whose certificate is of the future is left, for that reason", async (t) => {
    const { check, authority } = await startSecure(t, false, { days: [2, 90] });
    await assert.rejects(
      check({ ca: authority.ca }),
      refused(/its certificate is not yet valid; is the clock of this machine right\?/),
    );
  });

  it("a server of another name is left, and the sentence says which names its certificate is for", async (t) => {
    const { check, authority } = await startSecure(t, false, { altNames: ["predictor", "10.9.8.7"] });
    await assert.rejects(
      check({ ca: authority.ca }),
      refused(/its certificate is for other names: .*127\.0\.0\.1.*10\.9\.8\.7.* Call it by one of them/),
    );
  });

  it("a client's certificate does not make a server", async (t) => {
    const { check, authority } = await startSecure(t, false, { kind: "client" });
    await assert.rejects(check({ ca: authority.ca }), refused(/cannot be reached/));
  });

  it("a client without TLS is told what to give", async (t) => {
    const { check } = await startSecure(t, false);
    await assert.rejects(check(), refused(/if it asks for TLS, give this client a certificate authority/));
  });

  it("a client with TLS at a port without it is told so", async (t) => {
    const { ca } = await createAuthority(temporaryFolder(t), "ours");
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
    assert.equal(
      await check({ ca: authority.ca, ...(await authority.issue("client", { kind: "client" })) }),
      "SERVING",
    );
  });

  it("a service's certificate is one to call others with, too", async (t) => {
    const { check, authority } = await startSecure(t, true);
    assert.equal(await check({ ca: authority.ca, ...(await authority.issue("evolver")) }), "SERVING");
  });

  it("a client without a certificate is refused", async (t) => {
    const { check, authority } = await startSecure(t, true);
    await assert.rejects(
      check({ ca: authority.ca }),
      refused(
        /it asks for clients' certificates[;,] give one that its authority has signed and that is valid by its clock/,
      ),
    );
  });

  it("a client with a certificate of another authority is refused, and told so", async (t) => {
    const { check, authority, foreign } = await startSecure(t, true);
    await assert.rejects(
      check({ ca: authority.ca, ...(await foreign.issue("stranger", { kind: "client" })) }),
      refused(
        /it closed the connection at once; this client's certificate \S+stranger-cert\.pem was not signed by the authority \S+ours-ca\.pem/,
      ),
    );
  });

  it("a client with a certificate that has expired is refused, and told so", async (t) => {
    const { check, authority } = await startSecure(t, true);
    await assert.rejects(
      check({ ca: authority.ca, ...(await authority.issue("late", { kind: "client", days: [-9, -2] })) }),
      refused(
        /it closed the connection at once; this client's certificate \S+late-cert\.pem expired on \d{4}-\d\d-\d\d; renew it/,
      ),
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

  it("certificate and key in each other's place are found", async (t) => {
    const { cert, key } = await (await createAuthority(temporaryFolder(t), "ours")).issue("server");
    assert.throws(() => serverCredentials({ cert: key, key: cert }), /holds no PEM block "CERTIFICATE"/);
  });

  for (const [side, make] of [
    ["server", (cert: string, key: string) => serverCredentials({ cert, key })],
    ["client", (cert: string, key: string) => clientCredentials({ cert, key })],
  ] as const) {
    it(`a key that is another certificate's is refused (${side})`, async (t) => {
      const authority = await createAuthority(temporaryFolder(t), "ours");
      const [one, other] = [await authority.issue("one"), await authority.issue("other")];
      assert.throws(
        () => make(one.cert, other.key),
        (error) =>
          isDomainError(error, "invalid-argument") &&
          error.message.startsWith(`the ${side}'s certificate and key do not fit each other`),
      );
    });
  }

  it("a damaged certificate is refused, an authority's too", async (t) => {
    const folder = temporaryFolder(t);
    const { cert, key } = await (await createAuthority(folder, "ours")).issue("server");
    const damaged = join(folder, "damaged.pem");
    writeFileSync(damaged, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    const sentence = `the certificate in ${damaged} is damaged; make it again`;
    for (const tls of [
      { cert: damaged, key },
      { cert, key, clientCa: damaged },
    ]) {
      assert.throws(() => serverCredentials(tls), { code: "invalid-argument", message: sentence });
    }
  });

  it("a client's certificate without its key is refused", () => {
    assert.throws(() => clientCredentials({ cert: "x" }), /go together/);
  });

  for (const [what, days, sentence] of [
    [
      "has expired",
      [-9, -1],
      /^the certificate \S+server-cert\.pem expired on \S+, and is refused by everybody; renew it$/,
    ],
    ["expires within a week", [-9, 6], /^the certificate \S+server-cert\.pem expires on \S+; renew it$/],
    [
      "is not yet valid",
      [1, 90],
      /^the certificate \S+server-cert\.pem is valid from \S+ on only; is this machine's clock right\?$/,
    ],
  ] as const) {
    it(`a server's certificate that ${what} is warned of`, async (t) => {
      const authority = await createAuthority(temporaryFolder(t), "ours");
      const notices: string[] = [];
      serverCredentials(await authority.issue("server", { days }), {
        onNotice: (kind, message) => notices.push(`${kind}: ${message}`),
      });
      assert.equal(notices.length, 1);
      assert.match(notices[0]!.replace(/^warning: /, ""), sentence);
    });
  }

  it("a key that its owner's group can read is warned of, and one that is its owner's alone is not", async (t) => {
    const authority = await createAuthority(temporaryFolder(t), "ours");
    const files = await authority.issue("server");
    const noticesOf = () => {
      const notices: string[] = [];
      serverCredentials(files, { onNotice: (_kind, message) => notices.push(message) });
      return notices;
    };
    assert.deepEqual(noticesOf(), []);
    chmodSync(files.key, 0o440);
    assert.deepEqual(noticesOf(), [
      `the key ${files.key} can be used by others than its owner (mode 0440); chmod 600 ${files.key}`,
    ]);
  });
});
