import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createProgram } from "../program.js";

/** Runs commands in this process, and gives what each prints on standard output. */
function commandLine(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "wm-cli-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const print = t.mock.method(console, "log", () => undefined);
  t.mock.method(console, "error", () => undefined);
  const run = async (...args: readonly string[]): Promise<string> => {
    print.mock.resetCalls();
    await createProgram().parseAsync(["node", "worldmodels", ...args]);
    return print.mock.calls.map((call) => String(call.arguments[0 as never])).join("\n");
  };
  return { folder, run };
}

test("certificates makes, adds, shows and renews", async (t) => {
  const { folder, run } = commandLine(t);
  const certs = join(folder, "certs");
  const made = await run("certificates", "make", certs, "--names", "encoder,predictor", "--clients", "alice");
  assert.match(made, /^name +kind +serial +not after +days left\nworldmodels [0-9a-f]{8} +authority /);
  await run("certificates", "add", certs, "--clients", "bob", "--days", "10");
  const shown = JSON.parse(await run("certificates", "show", certs, "--json")) as {
    readonly name: string;
    readonly kind: string;
    readonly daysLeft: number;
  }[];
  assert.deepEqual(
    shown.slice(1).map(({ name, kind, daysLeft }) => [name, kind, daysLeft]),
    [
      ["alice", "client", 89],
      ["bob", "client", 9],
      ["encoder", "service", 89],
      ["predictor", "service", 89],
    ],
  );
  assert.match(await run("certificates", "renew", certs), /^name .*\nbob +client +[0-9a-f]{32} +\S+ +9$/);
  assert.equal(
    await run("certificates", "renew", certs, "--within", "5"),
    `nothing in ${certs} expires within 5 days; --all renews everything`,
  );
  assert.equal((await run("certificates", "renew", certs, "--all")).split("\n").length, 5);
});

test("certificates makes one for every service where none is named", async (t) => {
  const { folder, run } = commandLine(t);
  const made = await run("certificates", "make", join(folder, "certs"), "--json");
  const kinds = (JSON.parse(made) as { readonly kind: string }[]).map(({ kind }) => kind);
  assert.deepEqual(kinds, ["authority", ...Array.from({ length: 7 }, () => "service")]);
});

test("clients prints a token once, or writes it for its owner alone, and shows what is known", async (t) => {
  const { folder, run } = commandLine(t);
  const file = ["--file", join(folder, "clients.json")];
  assert.match(await run("clients", "token", "alice", ...file, "--calls-per-second", "5"), /^wm_\S{43}$/);
  const out = join(folder, "bob.token");
  await run("clients", "token", "bob", ...file, "--out", out);
  assert.match(readFileSync(out, "utf8"), /^wm_\S{43}\n$/);
  assert.equal(statSync(out).mode & 0o777, 0o600);
  await run("clients", "limit", "alice", ...file, "--calls-per-second", "none", "--jobs-at-once", "2");
  await run("clients", "refuse", "bob", ...file);
  assert.deepEqual(JSON.parse(await run("clients", "show", ...file, "--json")), [
    { identity: "alice", shows: "token", jobsAtOnce: 2 },
    { identity: "bob", shows: "refused" },
  ]);
});
