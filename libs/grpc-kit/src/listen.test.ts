import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { checkHealth } from "./check-health.js";
import { startServing, temporaryFolder } from "./serving.test-helper.js";

const inTime = { deadlineMs: 10_000 };

/** Leaves a socket file whose process has been killed. */
function leaveSocket(path: string): void {
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
}

describe("unix sockets", () => {
  it("are made with their folder, and are their owner's alone", async (t) => {
    const path = join(temporaryFolder(t), "run", "encoder.sock");
    const { connection, server } = await startServing(t, {}, { at: `unix:${path}` });
    assert.equal(server.address, `unix:${path}`);
    assert.equal(await checkHealth(connection, inTime), "SERVING");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await server.stop({ graceMs: 1000 });
    assert.equal(existsSync(path), false);
  });

  it("a socket that a killed process has left is taken over", async (t) => {
    const path = join(temporaryFolder(t), "s");
    leaveSocket(path);
    assert.ok(lstatSync(path).isSocket());
    const { connection } = await startServing(t, {}, { at: `unix:${path}` });
    assert.equal(await checkHealth(connection, inTime), "SERVING");
  });

  it("a socket that somebody answers at is left alone", async (t) => {
    const at = `unix:${join(temporaryFolder(t), "s")}`;
    const first = await startServing(t, {}, { at });
    await assert.rejects(
      startServing(t, {}, { at }),
      (error) =>
        isDomainError(error, "failed-precondition") && /is in use; stop that process/.test(error.message),
    );
    assert.equal(await checkHealth(first.connection, inTime), "SERVING");
  });

  it("a file that is no socket is left alone", async (t) => {
    const path = join(temporaryFolder(t), "notes");
    writeFileSync(path, "precious");
    await assert.rejects(
      startServing(t, {}, { at: `unix:${path}` }),
      (error) => isDomainError(error, "failed-precondition") && /is no socket/.test(error.message),
    );
    assert.equal(statSync(path).size, 8);
  });

  it("a folder that cannot be made is named", async (t) => {
    const file = join(temporaryFolder(t), "file");
    writeFileSync(file, "");
    await assert.rejects(
      startServing(t, {}, { at: `unix:${file}/s` }),
      (error) => isDomainError(error, "failed-precondition") && error.message.includes(`${file}/s`),
    );
  });

  it("a folder in the socket's place is left alone", async (t) => {
    const path = join(temporaryFolder(t), "folder");
    mkdirSync(path);
    await assert.rejects(startServing(t, {}, { at: `unix:${path}` }), /is no socket/);
  });
});

describe("TCP", () => {
  it("port 0 becomes one that was free", async (t) => {
    const { server } = await startServing(t, {}, { at: "127.0.0.1:0" });
    assert.match(server.address, /^127\.0\.0\.1:[1-9]\d*$/);
  });

  it("a port that is in use is refused", async (t) => {
    const { server } = await startServing(t, {});
    await assert.rejects(
      startServing(t, {}, { at: server.address }),
      (error) =>
        isDomainError(error, "failed-precondition") &&
        error.message.startsWith(`${server.address} is in use`),
    );
  });

  it("an address that is not this machine's is refused", async (t) => {
    await assert.rejects(
      startServing(t, {}, { at: "192.0.2.1:0" }),
      (error) => isDomainError(error, "failed-precondition") && error.message.startsWith("192.0.2.1:0 "),
    );
  });
});
