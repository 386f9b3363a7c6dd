import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import { isDomainError } from "@worldmodels/errors";
import { createAuthority } from "./certificates.test-helper.js";
import { checkHealth, waitUntilServing } from "./check-health.js";
import { connectTo, later, startServing, temporaryFolder } from "./serving.test-helper.js";

const inTime = { deadlineMs: 10_000 };
const reloadEveryMs = 5;

/** Resolves with notices of one kind, in order. */
function notices() {
  const waiting: { kind: string; resolve: (message: string) => void }[] = [];
  const early: { kind: string; message: string }[] = [];
  return {
    onNotice: (kind: "reloaded" | "warning", message: string) => {
      const at = waiting.findIndex((each) => each.kind === kind);
      if (at < 0) early.push({ kind, message });
      else waiting.splice(at, 1)[0]!.resolve(message);
    },
    next: (kind: "reloaded" | "warning") =>
      new Promise<string>((resolve) => {
        const at = early.findIndex((each) => each.kind === kind);
        if (at < 0) waiting.push({ kind, resolve });
        else resolve(early.splice(at, 1)[0]!.message);
      }),
    early,
  };
}

/** The serial number of the certificate that a server shows to a new connection. */
function serialAt(
  address: string,
  ca: string,
  files: { readonly cert: string; readonly key: string },
): Promise<string> {
  const [host = "", port] = address.split(":");
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      {
        host,
        port: Number(port),
        ca: readFileSync(ca),
        cert: readFileSync(files.cert),
        key: readFileSync(files.key),
        ALPNProtocols: ["h2"],
      },
      () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      },
    );
    socket.once("error", reject);
  });
}

/** A server of mutual TLS with a stream that sends what it is told to, and a client of it. */
async function startWithStream(t: TestContext) {
  const folder = temporaryFolder(t);
  const authority = await createAuthority(folder, "ours");
  const server = await authority.issue("server");
  const client = await authority.issue("client", { kind: "client" });
  const news = notices();
  const go = [later(), later()];
  const served = await startServing(
    t,
    {
      jobs: {
        async *watchJob() {
          for (const [i, { promise }] of go.entries()) {
            await promise;
            yield { sequence: BigInt(i), line: "", job: undefined };
          }
        },
      },
    },
    {
      tls: { ...server, clientCa: authority.ca },
      client: { tls: { ca: authority.ca, ...client } },
      reloadEveryMs,
      onNotice: news.onNotice,
    },
  );
  return { folder, authority, server, client, news, go, served };
}

describe("certificates that are renewed", () => {
  it("are shown to new connections, while a stream goes on through the old one", async (t) => {
    const { authority, client, news, go, served } = await startWithStream(t);
    const events = served.jobs.watchJob({ id: "", after: 0n })[Symbol.asyncIterator]();
    go[0]!.resolve();
    assert.equal((await events.next()).done, false);
    const before = await serialAt(served.server.address, authority.ca, client);
    await authority.issue("server");
    assert.match(
      await news.next("reloaded"),
      /^new connections use the certificates now in \S+server-cert\.pem$/,
    );
    assert.notEqual(await serialAt(served.server.address, authority.ca, client), before);
    go[1]!.resolve();
    assert.deepEqual(await events.next(), { done: false, value: { sequence: 1n, line: "", job: undefined } });
    assert.equal((await events.next()).done, true);
    const { connection } = connectTo(t, served.server.address, { tls: { ca: authority.ca, ...client } });
    assert.equal(await checkHealth(connection, inTime), "SERVING");
  });

  it("stay as they were where a file is half written, which is said once, until it is whole", async (t) => {
    const { authority, server, client, news, served } = await startWithStream(t);
    const before = await serialAt(served.server.address, authority.ca, client);
    writeFileSync(server.cert, readFileSync(server.cert, "utf8").slice(0, 200));
    assert.match(
      await news.next("warning"),
      /^the certificates in use stay in force, since their files cannot be used: the certificate in \S+server-cert\.pem is damaged/,
    );
    assert.equal(await serialAt(served.server.address, authority.ca, client), before);
    rmSync(server.key);
    assert.match(await news.next("warning"), /server-key\.pem cannot be read \(ENOENT\)|is damaged/);
    await authority.issue("server");
    await news.next("reloaded");
    assert.notEqual(await serialAt(served.server.address, authority.ca, client), before);
    assert.deepEqual(news.early, []);
  });

  it("of an authority that is replaced turn its clients away, and let the new one's in", async (t) => {
    const { folder, authority, news, client, served } = await startWithStream(t);
    const next = await createAuthority(folder, "next");
    const mine = { ca: authority.ca, ...(await next.issue("mine", { kind: "client" })) };
    await assert.rejects(
      checkHealth(connectTo(t, served.server.address, { tls: mine }).connection, inTime),
      (error) => isDomainError(error, "unavailable"),
    );
    writeFileSync(authority.ca, readFileSync(next.ca, "utf8") + readFileSync(authority.ca, "utf8"));
    await news.next("reloaded");
    for (const tls of [mine, { ca: authority.ca, ...client }]) {
      assert.equal(
        await checkHealth(connectTo(t, served.server.address, { tls }).connection, inTime),
        "SERVING",
      );
    }
  });

  it("are used by a client for its next connection, without a new client", async (t) => {
    const folder = temporaryFolder(t);
    const authority = await createAuthority(folder, "ours");
    const tls = { ...(await authority.issue("server")), clientCa: authority.ca };
    const first = await startServing(t, {}, { tls });
    const expired = await authority.issue("client", { kind: "client", days: [-9, -1] });
    const news = notices();
    const { connection } = connectTo(t, first.server.address, {
      tls: { ca: authority.ca, ...expired },
      reloadEveryMs,
      onNotice: news.onNotice,
    });
    await assert.rejects(checkHealth(connection, inTime), /expired on/);
    await authority.issue("client", { kind: "client" });
    assert.match(await news.next("reloaded"), /client-cert\.pem$/);
    await waitUntilServing(connection, { timeoutMs: 10_000 });
    assert.equal(await checkHealth(connection, inTime), "SERVING");
  });
});
