import { readClients, hashToken } from "@worldmodels/grpc-kit";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { changeClient, makeToken, removeClient } from "./clients-editor.js";

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "wm-clients-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "clients.json");
}

const digestOf = (file: string, identity: string) =>
  readClients(file).clients.get(identity)?.tokenDigest?.toString("hex");

test("a token is made with its limits, and the file has its digest only", async (t) => {
  const file = place(t);
  const token = await makeToken(file, "alice", { jobs_at_once: 2, calls_at_once: undefined });
  assert.equal(digestOf(file, "alice"), hashToken(token));
  assert.deepEqual(readClients(file).clients.get("alice")?.limits, { jobsAtOnce: 2 });
  assert.ok(!readFileSync(file, "utf8").includes(token));
});

test("a new token takes the old one's place and leaves limits and other clients as they are", async (t) => {
  const file = place(t);
  const bob = await makeToken(file, "bob", {});
  const old = await makeToken(file, "alice", { jobs_at_once: 2 });
  const next = await makeToken(file, "alice", {});
  assert.notEqual(next, old);
  assert.equal(digestOf(file, "alice"), hashToken(next));
  assert.equal(digestOf(file, "bob"), hashToken(bob));
  assert.deepEqual(readClients(file).clients.get("alice")?.limits, { jobsAtOnce: 2 });
});

test("limits are set and taken away, for default and for certificates that are not yet listed", async (t) => {
  const file = place(t);
  await changeClient(file, "evolver", { calls_per_second: 7, streams_at_once: 3 });
  await changeClient(file, "evolver", { calls_per_second: null });
  await changeClient(file, "default", { calls_at_once: 5 });
  const { clients, others } = readClients(file);
  assert.deepEqual(clients.get("evolver")?.limits, { streamsAtOnce: 3 });
  assert.deepEqual(others, { callsAtOnce: 5 });
});

test("a client is refused, stays so while its limits change, and is let in again", async (t) => {
  const file = place(t);
  const refused = () => readClients(file).clients.get("alice")?.refused;
  await changeClient(file, "alice", {}, true);
  await changeClient(file, "alice", { jobs_at_once: 1 });
  assert.equal(refused(), true);
  await changeClient(file, "alice", {}, false);
  assert.equal(refused(), false);
});

test("a client that is removed is gone, and one that is not there is named", async (t) => {
  const file = place(t);
  await makeToken(file, "alice", {});
  await changeClient(file, "default", {});
  await removeClient(file, "alice");
  await removeClient(file, "default");
  assert.deepEqual(readClients(file), { clients: new Map(), others: undefined });
  await assert.rejects(removeClient(file, "alice"), { code: "not-found", message: /has no client alice/ });
});

for (const [what, act, sentence] of [
  [
    "a token for default",
    (file: string) => makeToken(file, "default", {}),
    /^default stands for certificates/,
  ],
  [
    "refusing default",
    (file: string) => changeClient(file, "default", {}, true),
    /^default cannot be refused/,
  ],
  ["an identity with a space", (file: string) => makeToken(file, "a b", {}), /"a b" is no identity/],
  [
    "a limit of nothing",
    (file: string) => changeClient(file, "a", { jobs_at_once: 0 }),
    /jobs_at_once of a = 0 is no whole/,
  ],
] as const) {
  test(`${what} is refused, and the file stays as it was`, async (t) => {
    const file = place(t);
    await makeToken(file, "bob", {});
    const before = readFileSync(file, "utf8");
    await assert.rejects(act(file), { code: "invalid-argument", message: sentence });
    assert.equal(readFileSync(file, "utf8"), before);
  });
}

test("a file that is something else is left alone", async (t) => {
  const file = place(t);
  writeFileSync(file, '{"store": "x"}');
  await assert.rejects(makeToken(file, "alice", {}), {
    code: "invalid-argument",
    message: /there is no "store" in a clients file/,
  });
  assert.equal(readFileSync(file, "utf8"), '{"store": "x"}');
});
