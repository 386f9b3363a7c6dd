import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DomainError, isDomainError } from "@worldmodels/errors";
import type { InteractRequest, InteractResponse } from "@worldmodels/proto/env";
import type { WatchJobResponse } from "@worldmodels/proto/job";
import type { CallContext } from "./call-context.js";
import { aborted, all, jobOf, later, startServing } from "./serving.test-helper.js";

const ask = (timeoutMs: number): InteractRequest => ({ timeoutMs, request: undefined });
const answer = (code: number): InteractResponse => ({
  response: { $case: "error", value: { code, message: "", reason: "" } },
});
const codeOf = ({ response }: InteractResponse) =>
  response?.$case === "error" ? response.value.code : undefined;
const event = (sequence: bigint): WatchJobResponse => ({ sequence, line: "", job: undefined });
const inTime = { deadlineMs: 10_000 };

describe("calls over a real wire", () => {
  it("a unary call brings the response", async (t) => {
    const { jobs } = await startServing(t, { jobs: { getJob: async ({ id }) => ({ job: jobOf(id) }) } });
    const { job } = await jobs.getJob({ id: "0123abcd" }, inTime);
    assert.equal(job?.id, "0123abcd");
  });

  it("a stream of responses comes in order and ends", async (t) => {
    const { jobs } = await startServing(t, {
      jobs: {
        async *watchJob({ after }) {
          for (let n = 1n; n <= 100n; n++) yield event(after + n);
        },
      },
    });
    const events = await all(jobs.watchJob({ id: "", after: 5n }));
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      Array.from({ length: 100 }, (_, n) => BigInt(n + 6)),
    );
  });

  it("a stream in both directions answers while it is being sent to", async (t) => {
    const { env } = await startServing(t, {
      env: {
        async *interact(requests) {
          for await (const { timeoutMs } of requests) yield answer(timeoutMs * 2);
        },
      },
    });
    const call = env.interact();
    const responses = call.responses[Symbol.asyncIterator]();
    const received: unknown[] = [];
    for (const n of [1, 2, 3]) {
      await call.send(ask(n));
      received.push(codeOf(((await responses.next()) as { value: InteractResponse }).value));
    }
    call.end();
    assert.deepEqual(received, [2, 4, 6]);
    assert.equal((await responses.next()).done, true);
  });

  it("a handler may leave off reading and go on answering", async (t) => {
    const { env } = await startServing(t, {
      env: {
        async *interact(requests) {
          for await (const { timeoutMs } of requests) {
            yield answer(timeoutMs);
            break;
          }
          yield answer(7);
        },
      },
    });
    const call = env.interact();
    await call.send(ask(1));
    await call.send(ask(2));
    assert.deepEqual((await all(call.responses)).map(codeOf), [1, 7]);
  });

  it("a DomainError in mid-stream comes after what was sent before it", async (t) => {
    const { jobs, bugs } = await startServing(t, {
      jobs: {
        async *watchJob() {
          yield event(1n);
          throw new DomainError("not-found", "the job has gone");
        },
      },
    });
    const seen: bigint[] = [];
    await assert.rejects(
      async () => {
        for await (const { sequence } of jobs.watchJob({ id: "", after: 0n })) seen.push(sequence);
      },
      (error) => isDomainError(error, "not-found") && error.message === "the job has gone",
    );
    assert.deepEqual(seen, [1n]);
    assert.deepEqual(bugs, []);
  });

  it("a failure of a stream that nobody has begun to read waits for its reader", async (t) => {
    const failed = later();
    const { jobs, connection } = await startServing(t, {
      jobs: {
        getJob: async () => {
          await failed.promise;
          return { job: undefined };
        },
        // eslint-disable-next-line require-yield -- it fails first
        async *watchJob() {
          failed.resolve();
          throw new DomainError("not-found", "no such job");
        },
      },
    });
    const responses = jobs.watchJob({ id: "", after: 0n });
    await jobs.getJob({ id: "" }, inTime);
    await jobs.getJob({ id: "" }, inTime);
    assert.ok(connection);
    await assert.rejects(all(responses), (error) => isDomainError(error, "not-found"));
  });
});

describe("bugs of handlers", () => {
  const bug = new TypeError("secret of /home/me");
  const internal = (error: unknown) =>
    error instanceof Error &&
    !isDomainError(error) &&
    error.message.includes("internal error; the service's log has the reason") &&
    !error.message.includes("secret");

  for (const [name, getJob] of [
    ["a rejection", async () => Promise.reject(bug)],
    [
      "a throw of a function that is not async",
      () => {
        throw bug;
      },
    ],
  ] as const) {
    it(`${name} of a unary handler reaches the log alone, and the server lives`, async (t) => {
      const { jobs, bugs } = await startServing(t, {
        jobs: { getJob, listJobs: async () => ({ jobs: [] }) },
      });
      await assert.rejects(jobs.getJob({ id: "" }, inTime), internal);
      assert.deepEqual(bugs, [{ method: "/worldmodels.job.v1.JobService/GetJob", error: bug }]);
      assert.deepEqual(await jobs.listJobs({}, inTime), { jobs: [] });
    });
  }

  for (const [name, watchJob] of [
    [
      "a generator that throws",
      // eslint-disable-next-line require-yield -- it fails first
      async function* () {
        throw bug;
      },
    ],
    [
      "a throw of a function that is no generator",
      () => {
        throw bug;
      },
    ],
  ] as const) {
    it(`${name} reaches the log alone, and the server lives`, async (t) => {
      const { jobs, bugs } = await startServing(t, {
        jobs: { watchJob, listJobs: async () => ({ jobs: [] }) },
      });
      await assert.rejects(all(jobs.watchJob({ id: "", after: 0n })), internal);
      assert.deepEqual(bugs, [{ method: "/worldmodels.job.v1.JobService/WatchJob", error: bug }]);
      assert.deepEqual(await jobs.listJobs({}, inTime), { jobs: [] });
    });
  }

  it("a response that cannot be encoded reaches the log, and the caller hears of a failure", async (t) => {
    const wrong = { job: { ...jobOf("1"), seed: -1n } };
    const { jobs, bugs } = await startServing(t, { jobs: { getJob: async () => wrong } });
    await assert.rejects(
      jobs.getJob({ id: "" }, inTime),
      (error) => error instanceof Error && !isDomainError(error),
    );
    assert.equal(bugs.length, 1);
  });

  it("a log that fails takes nobody with it", async (t) => {
    const { jobs } = await startServing(
      t,
      { jobs: { getJob: async () => Promise.reject(bug), listJobs: async () => ({ jobs: [] }) } },
      {
        onBug: () => {
          throw new Error("disk full");
        },
      },
    );
    await assert.rejects(jobs.getJob({ id: "" }, inTime), internal);
    assert.deepEqual(await jobs.listJobs({}, inTime), { jobs: [] });
  });
});

describe("ends from outside", () => {
  it("a deadline of 1 ms passes at the caller", async (t) => {
    const { jobs } = await startServing(t, {
      jobs: {
        getJob: async (_request, { signal }) => {
          await aborted(signal);
          return { job: undefined };
        },
      },
    });
    await assert.rejects(jobs.getJob({ id: "" }, { deadlineMs: 1 }), (error) =>
      isDomainError(error, "deadline-exceeded"),
    );
  });

  it("a deadline passes at the handler, too, whose signal says so", async (t) => {
    const reason = later<unknown>();
    const { jobs, bugs } = await startServing(t, {
      jobs: {
        listJobs: async () => ({ jobs: [] }),
        getJob: async (_request, { signal, deadlineMs }) => {
          assert.ok(deadlineMs > Date.now() - 1000 && deadlineMs < Date.now() + 1000);
          reason.resolve(await aborted(signal));
          return { job: undefined };
        },
      },
    });
    await jobs.listJobs({}, inTime);
    await assert.rejects(jobs.getJob({ id: "" }, { deadlineMs: 200 }), (error) =>
      isDomainError(error, "deadline-exceeded"),
    );
    assert.ok(isDomainError(await reason.promise, "deadline-exceeded"));
    assert.deepEqual(bugs, []);
  });

  it("a call without a deadline has none", async (t) => {
    const told = later<number>();
    const { jobs } = await startServing(t, {
      jobs: {
        async *watchJob(_request, { deadlineMs }) {
          told.resolve(deadlineMs);
          yield event(1n);
        },
      },
    });
    await all(jobs.watchJob({ id: "", after: 0n }));
    assert.equal(await told.promise, Infinity);
  });

  it("a caller's abort is thrown as its reason and ends the unary handler", async (t) => {
    const begun = later();
    const reason = later<unknown>();
    const { jobs } = await startServing(t, {
      jobs: {
        getJob: async (_request, { signal }) => {
          begun.resolve();
          reason.resolve(await aborted(signal));
          return { job: undefined };
        },
      },
    });
    const abort = new AbortController();
    const call = jobs.getJob({ id: "" }, { deadlineMs: 60_000, signal: abort.signal });
    await begun.promise;
    abort.abort(new DomainError("cancelled", "Ctrl-C"));
    await assert.rejects(call, (error) => isDomainError(error, "cancelled") && error.message === "Ctrl-C");
    assert.ok(isDomainError(await reason.promise, "cancelled"));
  });

  it("a caller's abort before the call makes none", async (t) => {
    const { jobs } = await startServing(t, {});
    const signal = AbortSignal.abort(new DomainError("cancelled", "Ctrl-C"));
    await assert.rejects(jobs.getJob({ id: "" }, { ...inTime, signal }), /Ctrl-C/);
    await assert.rejects(all(jobs.watchJob({ id: "", after: 0n }, { signal })), /Ctrl-C/);
  });

  it("a reader that leaves off ends the stream's handler, whose cleaning up is done", async (t) => {
    const cleaned = later<unknown>();
    const { jobs } = await startServing(t, {
      jobs: {
        async *watchJob(_request, { signal }) {
          try {
            yield event(1n);
            await aborted(signal);
          } finally {
            cleaned.resolve(signal.reason);
          }
        },
      },
    });
    for await (const _event of jobs.watchJob({ id: "", after: 0n })) break;
    assert.ok(isDomainError(await cleaned.promise, "cancelled"));
  });

  it("a handler that waits for the next request hears of a caller that has gone", async (t) => {
    const cleaned = later<unknown>();
    const { env, bugs } = await startServing(t, {
      env: {
        async *interact(requests) {
          try {
            for await (const { timeoutMs } of requests) yield answer(timeoutMs);
          } catch (error) {
            cleaned.resolve(error);
            throw error;
          }
        },
      },
    });
    const call = env.interact();
    await call.send(ask(1));
    for await (const _response of call.responses) break;
    assert.ok(isDomainError(await cleaned.promise, "cancelled"));
    assert.deepEqual(bugs, []);
  });

  it("a stream that its own side cancels throws cancelled where it is read", async (t) => {
    const { env } = await startServing(t, {
      env: {
        async *interact(requests) {
          for await (const { timeoutMs } of requests) yield answer(timeoutMs);
        },
      },
    });
    const call = env.interact();
    call.cancel();
    await assert.rejects(all(call.responses), (error) => isDomainError(error, "cancelled"));
    await call.send(ask(1));
  });

  it("a bug that shows when the caller goes is logged all the same", async (t) => {
    const logged = later<unknown>();
    const bug = new TypeError("cleaning up failed");
    const { jobs } = await startServing(
      t,
      {
        jobs: {
          async *watchJob(_request, { signal }) {
            yield event(1n);
            await aborted(signal);
            throw bug;
          },
        },
      },
      {
        onBug: (_method, error) => {
          logged.resolve(error);
        },
      },
    );
    for await (const _event of jobs.watchJob({ id: "", after: 0n })) break;
    assert.equal(await logged.promise, bug);
  });

  it("what a handler still hears of after its answer is nothing", async (t) => {
    const contexts: CallContext[] = [];
    const { jobs } = await startServing(t, {
      jobs: {
        getJob: async (_request, context) => {
          contexts.push(context);
          return { job: undefined };
        },
      },
    });
    await jobs.getJob({ id: "" }, inTime);
    await jobs.getJob({ id: "" }, inTime);
    assert.equal(contexts[0]?.signal.aborted, false);
  });
});

describe("flow", () => {
  it("a slow reader makes the handler wait", async (t) => {
    const line = "x".repeat(1_000_000);
    let produced = 0;
    const { jobs, server } = await startServing(t, {
      jobs: {
        listJobs: async () => ({ jobs: [] }),
        async *watchJob() {
          for (; produced < 1000; produced++) yield { sequence: BigInt(produced), line, job: undefined };
        },
      },
    });
    const responses = jobs.watchJob({ id: "", after: 0n })[Symbol.asyncIterator]();
    await responses.next();
    // Calls that go to and fro meanwhile: time for a handler that does not wait to make all of it.
    for (let n = 0; n < 200; n++) await jobs.listJobs({}, inTime);
    assert.ok(produced < 100, `${produced} messages of 1 MB were made for one that was read`);
    await responses.return?.();
    assert.ok(server);
  });

  it("a slow handler makes the sender wait", async (t) => {
    const stop = later();
    const { env, jobs } = await startServing(t, {
      jobs: { listJobs: async () => ({ jobs: [] }) },
      env: {
        async *interact(requests) {
          await stop.promise;
          let count = 0;
          for await (const _request of requests) count++;
          yield answer(count);
        },
      },
    });
    const call = env.interact();
    const body = new Uint8Array(1_000_000);
    const request: InteractRequest = {
      timeoutMs: 0,
      request: { $case: "restore", value: { entries: [{ slot: 0, snapshot: body }] } },
    };
    let sent = 0;
    const sending = (async () => {
      for (; sent < 200; sent++) await call.send(request);
      call.end();
    })();
    for (let n = 0; n < 200; n++) await jobs.listJobs({}, inTime);
    assert.ok(sent < 100, `${sent} messages of 1 MB were sent to one who reads none`);
    stop.resolve();
    await sending;
    assert.deepEqual((await all(call.responses)).map(codeOf), [200]);
  });

  it("a message over the server's limit is refused with both sizes", async (t) => {
    const { jobs } = await startServing(
      t,
      { jobs: { getJob: async () => ({ job: undefined }) } },
      { maxMessageBytes: 1000 },
    );
    await assert.rejects(
      jobs.getJob({ id: "x".repeat(2000) }, inTime),
      (error) => isDomainError(error, "resource-exhausted") && /1000/.test(error.message),
    );
    assert.deepEqual(await jobs.getJob({ id: "x" }, inTime), { job: undefined });
  });

  it("a message over the client's limit is refused", async (t) => {
    const { jobs } = await startServing(
      t,
      { jobs: { getJob: async () => ({ job: jobOf("x".repeat(2000)) }) } },
      { client: { maxMessageBytes: 1000 } },
    );
    await assert.rejects(jobs.getJob({ id: "" }, inTime), (error) =>
      isDomainError(error, "resource-exhausted"),
    );
  });

  it("a sentence of a megabyte arrives cut, and not as a broken connection", async (t) => {
    const { jobs } = await startServing(t, {
      jobs: {
        getJob: async () => Promise.reject(new DomainError("invalid-argument", "ü".repeat(1_000_000))),
      },
    });
    await assert.rejects(jobs.getJob({ id: "" }, inTime), (error) =>
      isDomainError(error, "invalid-argument"),
    );
  });
});
