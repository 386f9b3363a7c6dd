import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { status as Status } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import { checkHealth, waitUntilServing } from "./check-health.js";
import type { Connection } from "./connect.js";
import type { MethodDefinition } from "./service-handlers.js";
import {
  aborted,
  all,
  connectTo,
  jobOf,
  later,
  startServing,
  temporaryFolder,
} from "./serving.test-helper.js";

const inTime = { deadlineMs: 10_000 };

/** Follows health as a load balancer does. */
function watchHealth(connection: Connection, service: string) {
  const watch = healthService.Watch as unknown as MethodDefinition<{ service: string }, { status: string }>;
  return connection.serverStream(watch, { service });
}

describe("health", () => {
  it("there is one name for each service and one for all", async (t) => {
    const { connection } = await startServing(t, {});
    for (const service of ["", "worldmodels.encoder.v1.EncoderService", "worldmodels.job.v1.JobService"]) {
      assert.equal(await checkHealth(connection, { service, ...inTime }), "SERVING");
    }
  });

  it("another name is not found, and the sentence says which there are", async (t) => {
    const { connection } = await startServing(t, {});
    await assert.rejects(
      checkHealth(connection, { service: "worldmodels.encoder.v1.Encoder", ...inTime }),
      (error) =>
        isDomainError(error, "not-found") && /worldmodels\.encoder\.v1\.EncoderService/.test(error.message),
    );
  });

  it("a change of state is seen by those who ask and by those who watch", async (t) => {
    const { server, connection } = await startServing(t, {});
    const watching = watchHealth(connection, "")[Symbol.asyncIterator]();
    assert.deepEqual((await watching.next()).value, { status: "SERVING" });
    server.setHealth("NOT_SERVING");
    assert.deepEqual((await watching.next()).value, { status: "NOT_SERVING" });
    assert.equal(await checkHealth(connection, inTime), "NOT_SERVING");
    server.setHealth("SERVING");
    assert.deepEqual((await watching.next()).value, { status: "SERVING" });
    await watching.return?.();
  });

  it("watching a name that is not there says so and goes on", async (t) => {
    const { connection } = await startServing(t, {});
    const watching = watchHealth(connection, "other")[Symbol.asyncIterator]();
    assert.deepEqual((await watching.next()).value, { status: "SERVICE_UNKNOWN" });
    await watching.return?.();
  });

  it("waiting for a service that is not there ends in time with what was last heard", async (t) => {
    const at = `unix:${join(temporaryFolder(t), "nobody.sock")}`;
    const { connection } = connectTo(t, at);
    await assert.rejects(
      waitUntilServing(connection, { timeoutMs: 300 }),
      (error) =>
        isDomainError(error, "deadline-exceeded") &&
        error.message.startsWith(
          `${at} was not serving within 0.3 s: the service at ${at} cannot be reached`,
        ),
    );
  });
});

describe("stopping", () => {
  it("unary calls finish, streams end as unavailable, watchers of health are told", async (t) => {
    const begun = later();
    const finish = later();
    const { server, connection, jobs } = await startServing(t, {
      jobs: {
        getJob: async ({ id }, { signal }) => {
          begun.resolve();
          await finish.promise;
          assert.equal(signal.aborted, false);
          return { job: jobOf(id) };
        },
        async *watchJob(_request, { signal }) {
          yield { sequence: 1n, line: "", job: undefined };
          await aborted(signal);
          finish.resolve();
          signal.throwIfAborted();
        },
      },
    });
    const health = watchHealth(connection, "")[Symbol.asyncIterator]();
    await health.next();
    const stream = jobs.watchJob({ id: "", after: 0n })[Symbol.asyncIterator]();
    await stream.next();
    const call = jobs.getJob({ id: "abc" }, inTime);
    await begun.promise;
    const stopped = server.stop({ graceMs: 60_000 });
    assert.deepEqual((await health.next()).value, { status: "NOT_SERVING" });
    await assert.rejects(
      stream.next(),
      (error) => isDomainError(error, "unavailable") && /stopping/.test(error.message),
    );
    await assert.rejects(health.next(), (error) => isDomainError(error, "unavailable"));
    assert.equal((await call).job?.id, "abc");
    await stopped;
    await assert.rejects(jobs.getJob({ id: "abc" }, inTime), (error) => isDomainError(error, "unavailable"));
  });

  it("a stream's handler that hears nothing does not keep its caller waiting", async (t) => {
    const never = later();
    const { server, jobs } = await startServing(t, {
      jobs: {
        async *watchJob() {
          yield { sequence: 1n, line: "", job: undefined };
          await never.promise;
        },
      },
    });
    const stream = jobs.watchJob({ id: "", after: 0n })[Symbol.asyncIterator]();
    await stream.next();
    const stopped = server.stop({ graceMs: 50 });
    await assert.rejects(stream.next(), (error) => isDomainError(error, "unavailable"));
    await stopped;
    never.resolve();
  });

  it("a handler's cleaning up is waited for", async (t) => {
    const clean = later();
    let isClean = false;
    const { server, jobs } = await startServing(t, {
      jobs: {
        async *watchJob() {
          try {
            for (;;) yield { sequence: 1n, line: "", job: undefined };
          } finally {
            await clean.promise;
            isClean = true;
          }
        },
      },
    });
    const stream = jobs.watchJob({ id: "", after: 0n });
    const stopped = (async () => {
      for await (const _event of stream) return server.stop({ graceMs: 60_000 });
    })();
    const order = stopped.then(() => isClean);
    clean.resolve();
    assert.equal(await order, true);
  });

  it("a unary call that outlasts the grace ends as unavailable", async (t) => {
    const begun = later();
    const { server, jobs } = await startServing(t, {
      jobs: {
        getJob: async (_request, { signal }) => {
          begun.resolve();
          await aborted(signal);
          return { job: undefined };
        },
      },
    });
    const call = jobs.getJob({ id: "" }, { deadlineMs: 60_000 });
    const refused = assert.rejects(
      call,
      (error) => isDomainError(error, "unavailable") && /stopping/.test(error.message),
    );
    await begun.promise;
    await server.stop({ graceMs: 0 });
    await refused;
  });

  it("stopping twice is one stop", async (t) => {
    const { server } = await startServing(t, {});
    await Promise.all([server.stop({ graceMs: 1000 }), server.stop({ graceMs: 1000 })]);
    await server.stop({ graceMs: 1000 });
  });

  it("a connection that says nothing does not hold it for its grace", async (t) => {
    const { server, connection } = await startServing(t, {});
    await checkHealth(connection, inTime);
    const watching = watchHealth(connection, "other")[Symbol.asyncIterator]();
    await watching.next();
    await server.stop({ graceMs: 60_000 });
    await assert.rejects(watching.next(), (error) => isDomainError(error, "unavailable"));
  });
});

describe("bytes that are no message", () => {
  const raw = (path: string): MethodDefinition<Buffer, Buffer> => ({
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes) => bytes,
    requestDeserialize: (bytes) => bytes,
    responseSerialize: (bytes) => bytes,
    responseDeserialize: (bytes) => bytes,
  });
  const broken = Buffer.from([0x0a, 0xff, 0xff]);
  const refused = (error: unknown) =>
    isDomainError(error, "invalid-argument") && /are no message of its request's type/.test(error.message);

  it("are the caller's mistake in a unary call", async (t) => {
    const { connection, bugs } = await startServing(t, {});
    await assert.rejects(
      connection.unary(raw("/worldmodels.job.v1.JobService/GetJob"), broken, inTime),
      refused,
    );
    assert.deepEqual(bugs, []);
  });

  it("are the caller's mistake in a call with a stream of responses", async (t) => {
    const { connection, bugs } = await startServing(t, {});
    await assert.rejects(
      all(connection.serverStream(raw("/worldmodels.job.v1.JobService/WatchJob"), broken)),
      refused,
    );
    assert.deepEqual(bugs, []);
  });

  it("are the caller's mistake in a stream of requests, after those that were whole", async (t) => {
    let count = 0;
    const { connection, bugs } = await startServing(t, {
      env: {
        // eslint-disable-next-line require-yield -- it only counts
        async *interact(requests) {
          for await (const _request of requests) count++;
        },
      },
    });
    const call = connection.duplex(raw("/worldmodels.env.v1.EnvService/Interact"));
    await call.send(Buffer.alloc(0));
    await call.send(broken);
    await assert.rejects(all(call.responses), refused);
    assert.equal(count, 1);
    assert.deepEqual(bugs, []);
  });

  it("a method that is not there is unimplemented", async (t) => {
    const { connection } = await startServing(t, {});
    await assert.rejects(
      connection.unary(raw("/worldmodels.job.v1.JobService/Nothing"), broken, inTime),
      (error) => isDomainError(error, "unimplemented"),
    );
    assert.equal(Status.UNIMPLEMENTED, 12);
  });
});
