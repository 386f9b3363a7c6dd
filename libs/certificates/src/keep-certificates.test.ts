import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { listCertificates, makeCertificates } from "./certificate-folder.js";
import { keepCertificates } from "./keep-certificates.js";

const DAY_MS = 86_400_000;
const now = new Date("2026-06-01T12:00:00Z");
const later = (days: number) => new Date(now.getTime() + days * DAY_MS);
const wanted = { services: ["encoder"], clients: ["host"], altNames: [], days: 90 };
const names = (list: readonly { readonly name: string; readonly kind: string }[]) =>
  list.map(({ name, kind }) => (kind === "authority" ? kind : name));

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "wm-keep-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

test("an empty folder gets everything, and a whole one nothing", async (t) => {
  const folder = place(t);
  // A volume is there before anything is in it.
  mkdirSync(join(folder, "encoder"));
  const made = await keepCertificates(folder, wanted, { now, withinDays: 30 });
  assert.deepEqual(names(made), ["authority", "encoder", "host"]);
  assert.deepEqual(await keepCertificates(folder, wanted, { now, withinDays: 30 }), []);
});

test("a new name is added, and what was there stays as it was", async (t) => {
  const folder = place(t);
  await keepCertificates(folder, wanted, { now, withinDays: 30 });
  const before = listCertificates(folder);
  const more = { ...wanted, services: ["encoder", "rollout"], clients: ["host", "ci"] };
  assert.deepEqual(names(await keepCertificates(folder, more, { now, withinDays: 30 })), ["ci", "rollout"]);
  const after = listCertificates(folder);
  assert.deepEqual(
    after.filter(({ name }) => before.some((each) => each.name === name)),
    before,
  );
});

test("what expires soon is renewed, and nothing else", async (t) => {
  const folder = place(t);
  await keepCertificates(folder, wanted, { now, withinDays: 30 });
  await keepCertificates(folder, { ...wanted, clients: ["host", "ci"] }, { now: later(40), withinDays: 30 });
  assert.deepEqual(await keepCertificates(folder, wanted, { now: later(59), withinDays: 30 }), []);
  assert.deepEqual(names(await keepCertificates(folder, wanted, { now: later(61), withinDays: 30 })), [
    "encoder",
    "host",
  ]);
});

test("a key that a kill left alone is made anew with its authority; one that has signed is not", async (t) => {
  const folder = place(t);
  writeFileSync(join(folder, "ca.key"), "half a key");
  const made = await keepCertificates(folder, wanted, { now, withinDays: 30 });
  assert.deepEqual(names(made), ["authority", "encoder", "host"]);
  rmSync(join(folder, "ca.crt"));
  await assert.rejects(keepCertificates(folder, wanted, { now, withinDays: 30 }), {
    code: "already-exists",
    message: /ca\.key is there: an authority is never overwritten/,
  });
});

test("certificates that were made by hand are kept like others", async (t) => {
  const folder = place(t);
  await makeCertificates(folder, wanted, { now });
  assert.deepEqual(await keepCertificates(folder, wanted, { now, withinDays: 30 }), []);
});
