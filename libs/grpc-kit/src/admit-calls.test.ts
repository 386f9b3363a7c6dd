import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import type { ErrorCode } from "@worldmodels/errors";
import { createAuthority } from "./certificates.test-helper.js";
import { checkHealth } from "./check-health.js";
import type { CallContext } from "./call-context.js";
import { hashToken } from "./clients-file.js";
import {
  aborted,
  all,
  connectTo,
  later,
  startServing,
  temporaryFolder,
  TOKEN,
  writeClients,
} from "./serving.test-helper.js";
import type { EnvHandlers, JobHandlers } from "./serving.test-helper.js";

const inTime = { deadlineMs: 10_000 };
const OTHER = `${TOKEN}-of-bob`;
const jobs: Partial<JobHandlers> = {
  listJobs: async () => ({ jobs: [] }),
  async *watchJob() {
    yield { sequence: 1n, line: "", job: undefined };
  },
};
const env: Partial<EnvHandlers> = {
  async *interact() {
    yield { response: undefined };
  },
};

const fails = (code: ErrorCode, sentence: RegExp) => (error: unknown) => {
  assert.ok(isDomainError(error, code), String(error));
  assert.match(error.message, sentence);
  return true;
};

/** A server that knows alice and bob by their tokens; `as` gives a client of each. */
async function startWithClients(
  t: TestContext,
  {
    alice = {},
    bob = {},
    ...handlers
  }: Partial<Parameters<typeof startServing>[1]> & { alice?: object; bob?: object },
) {
  const folder = temporaryFolder(t);
  const known = {
    alice: { token_sha256: hashToken(TOKEN), ...alice },
    bob: { token_sha256: hashToken(OTHER), ...bob },
  };
  const clientsFile = writeClients(folder, known);
  const reloaded = later();
  const warned = later<string>();
  const { server, bugs } = await startServing(t, handlers, {
    clientsFile,
    reloadEveryMs: 5,
    onNotice: (kind, message) => {
      if (kind === "reloaded") reloaded.resolve();
      else warned.resolve(message);
    },
  });
  const as = (token: string | undefined) => connectTo(t, server.address, { token });
  return { folder, known, clientsFile, server, bugs, reloaded: reloaded.promise, warned: warned.promise, as };
}

describe("a service with a clients file", () => {
  it("serves those whose token it knows, and tells the handler who it is", async (t) => {
    const seen: CallContext[] = [];
    const served = await startWithClients(t, {
      alice: { jobs_at_once: 3 },
      env,
      jobs: {
        ...jobs,
        listJobs: async (_request, context) => {
          seen.push(context);
          return { jobs: [] };
        },
      },
    });
    const alice = served.as(TOKEN);
    await alice.jobs.listJobs({}, inTime);
    assert.equal((await all(alice.jobs.watchJob({ id: "", after: 0n }))).length, 1);
    assert.equal((await all(alice.env.interact().responses)).length, 1);
    await served.as(OTHER).jobs.listJobs({}, inTime);
    assert.deepEqual(
      seen.map(({ identity, limits }) => ({ identity, limits })),
      [
        { identity: "alice", limits: { jobsAtOnce: 3 } },
        { identity: "bob", limits: {} },
      ],
    );
  });

  for (const [what, token, sentence] of [
    ["no token", undefined, /^this service asks for a token; send metadata authorization: Bearer TOKEN$/],
    ["another token", `${TOKEN}x`, /^the token is not one that this service knows; ask for a new one$/],
    ["an empty token", "", /^this service asks for a token|^the token is not one/],
    ["a token's digest", hashToken(TOKEN), /^the token is not one that this service knows/],
  ] as const) {
    it(`refuses every kind of call with ${what}`, async (t) => {
      const { as, bugs } = await startWithClients(t, { jobs, env });
      const stranger = as(token);
      const refused = fails("unauthenticated", sentence);
      await assert.rejects(stranger.jobs.listJobs({}, inTime), refused);
      await assert.rejects(all(stranger.jobs.watchJob({ id: "", after: 0n })), refused);
      await assert.rejects(all(stranger.env.interact().responses), refused);
      assert.deepEqual(bugs, []);
    });
  }

  it("tells anybody whether it is well", async (t) => {
    const { as } = await startWithClients(t, {});
    assert.equal(await checkHealth(as(undefined).connection, inTime), "SERVING");
  });

  it("refuses whom the file refuses", async (t) => {
    const { as } = await startWithClients(t, { jobs, alice: { refused: true } });
    await assert.rejects(
      as(TOKEN).jobs.listJobs({}, inTime),
      fails("permission-denied", /^this service refuses alice/),
    );
  });

  it("forgets a token that is taken out while it runs, its open streams included, and keeps the others'", async (t) => {
    const ended: unknown[] = [];
    const { as, folder, known, reloaded } = await startWithClients(t, {
      jobs: {
        ...jobs,
        async *watchJob(_request, { signal, identity }) {
          yield { sequence: 1n, line: identity, job: undefined };
          await aborted(signal);
          ended.push(identity);
        },
      },
    });
    const open = async (token: string) => {
      const events = as(token).jobs.watchJob({ id: "", after: 0n })[Symbol.asyncIterator]();
      await events.next();
      return events;
    };
    const alices = await open(TOKEN);
    const bobs = await open(OTHER);
    writeClients(folder, { bob: known.bob });
    await reloaded;
    await assert.rejects(alices.next(), fails("unauthenticated", /^the token is not one/));
    await assert.rejects(
      as(TOKEN).jobs.listJobs({}, inTime),
      fails("unauthenticated", /^the token is not one/),
    );
    assert.deepEqual(await as(OTHER).jobs.listJobs({}, inTime), { jobs: [] });
    assert.deepEqual(ended, ["alice"]);
    await bobs.return?.();
  });

  it("keeps to what it knows where the file becomes unreadable, and says so once", async (t) => {
    const { as, clientsFile, warned } = await startWithClients(t, { jobs });
    writeFileSync(clientsFile, '{"clients": {');
    assert.match(await warned, /^who may call stays as it was: the clients file .*clients\.json is not JSON/);
    assert.deepEqual(await as(TOKEN).jobs.listJobs({}, inTime), { jobs: [] });
  });
});

describe("an identity's limits", () => {
  it("calls a second: the next is refused with the time to wait, and others are not touched", async (t) => {
    const { as } = await startWithClients(t, { jobs, alice: { calls_per_second: 1 } });
    const alice = as(TOKEN);
    await alice.jobs.listJobs({}, inTime);
    await assert.rejects(
      alice.jobs.listJobs({}, inTime),
      fails(
        "resource-exhausted",
        /^alice may make 1 calls a second, and has made them; try again in \d+ ms$/,
      ),
    );
    await checkHealth(alice.connection, inTime);
    const bob = as(OTHER);
    for (let call = 0; call < 5; call++) assert.deepEqual(await bob.jobs.listJobs({}, inTime), { jobs: [] });
  });

  it("calls at once: one too many is refused, and there is room again when one has ended", async (t) => {
    const begun = later();
    const finish = later();
    const { as } = await startWithClients(t, {
      alice: { calls_at_once: 1 },
      jobs: {
        ...jobs,
        listJobs: async () => {
          begun.resolve();
          await finish.promise;
          return { jobs: [] };
        },
        cancelJob: async () => ({ job: undefined }),
      },
    });
    const alice = as(TOKEN);
    const first = alice.jobs.listJobs({}, inTime);
    await begun.promise;
    await assert.rejects(
      alice.jobs.cancelJob({ id: "" }, inTime),
      fails(
        "resource-exhausted",
        /^alice may have 1 calls open at once, and has them; try again when one has ended$/,
      ),
    );
    assert.equal((await all(alice.jobs.watchJob({ id: "", after: 0n }))).length, 1);
    await as(OTHER).jobs.cancelJob({ id: "" }, inTime);
    finish.resolve();
    await first;
    for (let call = 0; call < 5; call++) await alice.jobs.cancelJob({ id: "" }, inTime);
  });

  it("streams at once: one too many is refused, and there is room again when one was broken off", async (t) => {
    const over = later();
    const { as } = await startWithClients(t, {
      alice: { streams_at_once: 1 },
      jobs: {
        ...jobs,
        async *watchJob(_request, { signal }) {
          yield { sequence: 1n, line: "", job: undefined };
          await aborted(signal);
          over.resolve();
        },
      },
    });
    const alice = as(TOKEN);
    const first = alice.jobs.watchJob({ id: "", after: 0n })[Symbol.asyncIterator]();
    await first.next();
    await assert.rejects(
      all(alice.jobs.watchJob({ id: "", after: 0n })),
      fails("resource-exhausted", /^alice may have 1 streams open at once/),
    );
    await alice.jobs.listJobs({}, inTime);
    await first.return?.();
    await over.promise;
    const again = alice.jobs.watchJob({ id: "", after: 0n })[Symbol.asyncIterator]();
    assert.equal((await again.next()).done, false);
    await again.return?.();
  });
});

describe("identities of certificates", () => {
  /** Mutual TLS, with a client called carol. */
  async function startMutual(
    t: TestContext,
    clients: Readonly<Record<string, object>> | undefined,
    others?: object,
  ) {
    const folder = temporaryFolder(t);
    const authority = await createAuthority(folder, "ours");
    const seen: CallContext[] = [];
    const listJobs: JobHandlers["listJobs"] = async (_request, context) => {
      seen.push(context);
      return { jobs: [] };
    };
    const { server } = await startServing(
      t,
      { jobs: { listJobs } },
      {
        tls: { ...(await authority.issue("server")), clientCa: authority.ca },
        clientsFile: clients === undefined ? undefined : writeClients(folder, clients, others),
      },
    );
    const tls = { ca: authority.ca, ...(await authority.issue("carol", { kind: "client" })) };
    const call = async (token?: string) => {
      await connectTo(t, server.address, { tls, token }).jobs.listJobs({}, inTime);
      return seen.map(({ identity, limits }) => ({ identity, limits }));
    };
    return call;
  }

  it("the name in the certificate is the caller's where there is no clients file", async (t) => {
    const call = await startMutual(t, undefined);
    assert.deepEqual(await call(), [{ identity: "carol", limits: {} }]);
  });

  it("a name that is listed has the limits that stand there", async (t) => {
    const call = await startMutual(t, { carol: { calls_at_once: 3 } });
    assert.deepEqual(await call(), [{ identity: "carol", limits: { callsAtOnce: 3 } }]);
  });

  it("a name that is not listed has those of default, and no default refuses it", async (t) => {
    const call = await startMutual(t, {}, { calls_at_once: 9 });
    assert.deepEqual(await call(), [{ identity: "carol", limits: { callsAtOnce: 9 } }]);
    const strict = await startMutual(t, {});
    await assert.rejects(
      strict(),
      fails("unauthenticated", /^this service does not know "carol", the name in the client's certificate/),
    );
  });

  it("a certificate whose name is refused is refused", async (t) => {
    const call = await startMutual(t, { carol: { refused: true } }, {});
    await assert.rejects(call(), fails("permission-denied", /^this service refuses carol/));
  });

  it("a token goes before the certificate, and a wrong one is wrong with any certificate", async (t) => {
    const call = await startMutual(t, { alice: { token_sha256: hashToken(TOKEN) } }, {});
    assert.deepEqual(await call(TOKEN), [{ identity: "alice", limits: {} }]);
    await assert.rejects(call(OTHER), fails("unauthenticated", /^the token is not one/));
  });
});
