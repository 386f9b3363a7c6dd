import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { waitUntilServing } from "./check-health.js";
import { all, connectTo, jobOf, startServing, temporaryFolder } from "./serving.test-helper.js";
import { startProcess } from "./service-process.test-helper.js";

const inTime = { deadlineMs: 20_000 };

/** Asserts that the error is `unavailable` in one clear line. */
const unavailable = (sentence: RegExp) => (error: unknown) => {
  assert.ok(isDomainError(error, "unavailable"), String(error));
  assert.match(error.message, sentence);
  assert.ok(!error.message.includes("\n") && error.message.length < 250, error.message);
  return true;
};

/** A port at which nobody listens, since it has just been given back. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("nobody there", () => {
  it("an address at which nobody listens is unavailable", async (t) => {
    const { jobs } = connectTo(t, `127.0.0.1:${await freePort()}`);
    const sentence =
      /^the service at 127\.0\.0\.1:\d+ cannot be reached \(.*ECONNREFUSED.*\); is it running there\?$/;
    await assert.rejects(jobs.getJob({ id: "" }, inTime), unavailable(sentence));
    await assert.rejects(all(jobs.watchJob({ id: "", after: 0n })), unavailable(sentence));
  });

  it("a socket that is not there is unavailable", async (t) => {
    const { jobs } = connectTo(t, `unix:${join(temporaryFolder(t), "s")}`);
    await assert.rejects(
      jobs.getJob({ id: "" }, inTime),
      unavailable(/^the service at unix:\S+ cannot be reached \(.*ENOENT.*\); is it running there\?$/),
    );
  });

  it("a name that leads nowhere is unavailable", async (t) => {
    const { jobs } = connectTo(t, "dns:///no-such-host.invalid:50051");
    await assert.rejects(
      jobs.getJob({ id: "" }, inTime),
      unavailable(/^the service at dns:\/\/\/no-such-host\.invalid:50051 cannot be reached \(/),
    );
  });
});

describe("kinds of address", () => {
  for (const [kind, targetOf] of [
    ["host:port", (port: string) => `127.0.0.1:${port}`],
    ["a name and a port", (port: string) => `localhost:${port}`],
    ["dns:///", (port: string) => `dns:///localhost:${port}`],
    ["ipv4:", (port: string) => `ipv4:127.0.0.1:${port}`],
  ] as const) {
    it(`${kind} is reached`, async (t) => {
      const { server } = await startServing(t, { jobs: { getJob: async ({ id }) => ({ job: jobOf(id) }) } });
      const { jobs } = connectTo(t, targetOf(server.address.split(":")[1] ?? ""));
      assert.equal((await jobs.getJob({ id: "a" }, inTime)).job?.id, "a");
    });
  }

  it("calls are dealt out in turn among the addresses of a target", async (t) => {
    const serving = (name: string) =>
      startServing(t, { jobs: { getJob: async () => ({ job: jobOf(name) }) } });
    const [first, second] = [await serving("first"), await serving("second")];
    const { jobs, connection } = connectTo(t, `ipv4:${first.server.address},${second.server.address}`);
    const ask = async () => (await jobs.getJob({ id: "" }, inTime)).job?.id;
    const seen = new Set<unknown>();
    while (seen.size < 2) seen.add(await ask());
    const dealt = [await ask(), await ask(), await ask(), await ask()];
    assert.deepEqual(new Set(dealt.slice(0, 2)), new Set(["first", "second"]));
    assert.deepEqual(dealt.slice(0, 2), dealt.slice(2));
    await first.server.stop({ graceMs: 0 });
    await waitUntilServing(connection, { timeoutMs: 10_000 });
    assert.deepEqual(await Promise.all([ask(), ask(), ask()]), ["second", "second", "second"]);
  });
});

describe("a server that is killed", () => {
  for (const kind of ["unix", "tcp"] as const) {
    it(`breaks calls off as unavailable and is found again at its place (${kind})`, async (t) => {
      const wanted = kind === "unix" ? `unix:${join(temporaryFolder(t), "s")}` : "127.0.0.1:0";
      const first = startProcess(t, ["--listen", wanted]);
      const address = String((await first.logged("listening")).address);
      const { jobs, connection } = connectTo(t, address);
      await waitUntilServing(connection, { timeoutMs: 10_000 });
      const stream = jobs.watchJob({ id: "", after: 0n })[Symbol.asyncIterator]();
      await stream.next();
      const call = jobs.listJobs({}, { deadlineMs: 60_000 });
      const brokenCall = assert.rejects(
        call,
        unavailable(/^the service at \S+ broke the connection off \(.*\)$/),
      );
      const brokenStream = assert.rejects(
        stream.next(),
        unavailable(/^the service at \S+ broke the connection off \(.*\)$/),
      );
      await first.logged("begun");
      first.child.kill("SIGKILL");
      await Promise.all([brokenCall, brokenStream, first.ended]);
      await assert.rejects(jobs.getJob({ id: "" }, inTime), unavailable(/cannot be reached/));

      const second = startProcess(t, ["--listen", address]);
      await second.logged("listening");
      await waitUntilServing(connection, { timeoutMs: 20_000 });
      assert.equal((await jobs.getJob({ id: "b" }, inTime)).job?.id, "b");
    });
  }

  it("a deadline that passes while nobody is found is a deadline", async (t) => {
    // Accepts connections and says nothing, as a network that is half dead does.
    const sockets: Socket[] = [];
    const silent = createServer((socket) => {
      // One that comes while the test ends is destroyed by nobody, and must not keep the process.
      socket.unref();
      sockets.push(socket);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    t.after(() => {
      silent.close();
      for (const socket of sockets) socket.destroy();
    });
    const { port } = silent.address() as AddressInfo;
    const { jobs } = connectTo(t, `127.0.0.1:${port}`);
    await assert.rejects(jobs.getJob({ id: "" }, { deadlineMs: 200 }), (error) => {
      assert.ok(isDomainError(error, "deadline-exceeded"), String(error));
      assert.equal(
        error.message,
        `the service at 127.0.0.1:${port} could not be reached before the call's deadline`,
      );
      return true;
    });
  });

  it("a CANCELLED of the server is not taken for one of this side", async (t) => {
    const { jobs } = await startServing(t, {
      jobs: { getJob: async () => Promise.reject(new DomainError("cancelled", "the job was cancelled")) },
    });
    await assert.rejects(
      jobs.getJob({ id: "" }, inTime),
      unavailable(/^the service at \S+ ended the call \(the job was cancelled\)$/),
    );
  });
});
