import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import {
  addCertificates,
  listCertificates,
  makeCertificates,
  renewCertificates,
} from "./certificate-folder.js";

const DAY_MS = 86_400_000;
const now = new Date("2026-06-01T12:00:00Z");
const later = (days: number) => new Date(now.getTime() + days * DAY_MS);
const wanted = { services: ["encoder"], clients: ["alice"], altNames: ["gpu.example.org"], days: 90 };

function place(t: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), "wm-certificates-"));
  t.after(() => rmSync(parent, { recursive: true }));
  return join(parent, "deep", "certs");
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const days = (from: Date, to: Date) => (to.getTime() - from.getTime()) / DAY_MS;

describe("making certificates", () => {
  it("makes an authority for ten years and a folder for each name, which its owner alone can read", async (t) => {
    const folder = place(t);
    const made = await makeCertificates(folder, wanted, { now });
    assert.deepEqual(
      made.map(({ name, kind, path }) => [kind === "authority" ? "" : name, kind, path]),
      [
        ["", "authority", join(folder, "ca.crt")],
        ["alice", "client", join(folder, "alice", "tls.crt")],
        ["encoder", "service", join(folder, "encoder", "tls.crt")],
      ],
    );
    assert.equal(days(now, made[0]!.notAfter), 3653);
    assert.equal(days(now, made[1]!.notAfter), 90);
    for (const path of ["ca.key", "encoder/tls.key", "alice/tls.key"]) {
      assert.equal(modeOf(join(folder, path)), "600", path);
    }
    for (const path of ["", "encoder", "alice"]) assert.equal(modeOf(join(folder, path)), "700", path);
    assert.deepEqual(readdirSync(join(folder, "encoder")).sort(), ["ca.crt", "tls.crt", "tls.key"]);
  });

  it("names a service by its name, by this machine and by what else is given, in its certificate", async (t) => {
    const folder = place(t);
    const made = await makeCertificates(folder, wanted, { now });
    assert.deepEqual(
      made.map(({ altNames }) => altNames),
      [[], [], ["encoder", "localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "gpu.example.org"]],
    );
  });

  it("never overwrites an authority", async (t) => {
    const folder = place(t);
    await makeCertificates(folder, wanted, { now });
    const before = readFileSync(join(folder, "ca.key"), "utf8");
    await assert.rejects(makeCertificates(folder, wanted, { now }), {
      code: "already-exists",
      message: /an authority is never overwritten; add to it with worldmodels certificates add/,
    });
    rmSync(join(folder, "ca.crt"));
    await assert.rejects(makeCertificates(folder, wanted, { now }), { code: "already-exists" });
    assert.equal(readFileSync(join(folder, "ca.key"), "utf8"), before);
  });

  for (const [what, wrong, sentence] of [
    ["a path", { services: ["../etc"] }, /"\.\.\/etc" is no name for a certificate: 1 to 63 letters/],
    ["an empty name", { services: [""] }, /"" is no name/],
    ["a service's name for a client", { clients: ["encoder"] }, /"encoder" is given twice/],
    [
      "an address with a port",
      { altNames: ["gpu:50051"] },
      /"gpu:50051" is neither a host name nor an IP address/,
    ],
  ] as const) {
    it(`refuses ${what} before it writes anything`, async (t) => {
      const folder = place(t);
      await assert.rejects(makeCertificates(folder, { ...wanted, ...wrong }, { now }), {
        code: "invalid-argument",
        message: sentence,
      });
      assert.throws(() => statSync(folder), { code: "ENOENT" });
    });
  }

  it("adds to an authority later, and refuses a name that has a certificate", async (t) => {
    const folder = place(t);
    await makeCertificates(folder, wanted, { now });
    await addCertificates(folder, { ...wanted, services: [], clients: ["bob"] }, { now });
    assert.deepEqual(
      listCertificates(folder)
        .slice(1)
        .map(({ name }) => name),
      ["alice", "bob", "encoder"],
    );
    await assert.rejects(addCertificates(folder, { ...wanted, services: [], clients: ["bob"] }, { now }), {
      code: "already-exists",
      message: /^bob has a certificate in .*; renew it/,
    });
  });

  it("takes the authority's key from elsewhere", async (t) => {
    const folder = place(t);
    await makeCertificates(folder, wanted, { now });
    const caKey = join(folder, "..", "kept.key");
    renameSync(join(folder, "ca.key"), caKey);
    const bob = { ...wanted, services: [], clients: ["bob"] };
    await assert.rejects(addCertificates(folder, bob, { now }), {
      code: "not-found",
      message: /ca\.key is not there; if you keep it elsewhere, say where with --ca-key FILE/,
    });
    await addCertificates(folder, bob, { now, caKey });
    await assert.rejects(
      addCertificates(folder, { ...bob, clients: ["eve"] }, { now, caKey: join(folder, "bob", "tls.key") }),
      {
        code: "invalid-argument",
        message: /is not the key of/,
      },
    );
  });

  it("issues nothing that outlives its authority", async (t) => {
    const folder = place(t);
    const [authority, client] = await makeCertificates(folder, { ...wanted, days: 5000 }, { now });
    assert.deepEqual(client?.notAfter, authority?.notAfter);
  });
});

describe("renewing certificates", () => {
  it("issues again what expires soon, for the same names, the same time and with another key", async (t) => {
    const folder = place(t);
    const [, , old] = await makeCertificates(folder, wanted, { now });
    const key = readFileSync(join(folder, "encoder", "tls.key"), "utf8");
    assert.deepEqual(await renewCertificates(folder, { withinDays: 30 }, { now: later(59) }), []);
    const renewed = await renewCertificates(folder, { withinDays: 30 }, { now: later(61) });
    assert.deepEqual(
      renewed.map(({ name }) => name),
      ["alice", "encoder"],
    );
    assert.equal(days(later(61), renewed[1]!.notAfter), 90);
    assert.deepEqual(renewed[1]!.altNames, old?.altNames);
    assert.equal(renewed[1]!.kind, "service");
    assert.notEqual(renewed[1]!.serial, old?.serial);
    const newKey = readFileSync(join(folder, "encoder", "tls.key"), "utf8");
    assert.notEqual(newKey, key);
    const certificate = new X509Certificate(readFileSync(join(folder, "encoder", "tls.crt")));
    assert.equal(certificate.checkPrivateKey(createPrivateKey(newKey)), true);
    assert.equal(modeOf(join(folder, "encoder", "tls.key")), "600");
  });

  it("issues everything again where that is asked for", async (t) => {
    const folder = place(t);
    await makeCertificates(folder, wanted, { now });
    assert.equal((await renewCertificates(folder, { withinDays: Infinity }, { now })).length, 2);
  });

  it("says that an authority has expired", async (t) => {
    const folder = place(t);
    await makeCertificates(folder, wanted, { now });
    await assert.rejects(renewCertificates(folder, { withinDays: 30 }, { now: later(3653) }), {
      code: "failed-precondition",
      message:
        /^the authority .*ca\.crt expired on 2036-06-01, and nothing that it signs is accepted any more; make a new one/,
    });
  });
});

describe("listing certificates", () => {
  it("says where there is no authority", (t) => {
    const folder = place(t);
    assert.throws(() => listCertificates(folder), {
      code: "not-found",
      message: /^there is no ca\.crt in .*; make an authority there with worldmodels certificates make/,
    });
  });

  it("names a file that is no certificate", async (t) => {
    const folder = place(t);
    await makeCertificates(folder, wanted, { now });
    const path = join(folder, "encoder", "tls.crt");
    writeFileSync(path, "broken");
    assert.throws(() => listCertificates(folder), {
      code: "invalid-argument",
      message: new RegExp(`^${path} holds no certificate`),
    });
  });
});
