import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { readClusterCertificates } from "./cluster-certificates.js";
import { serviceNames } from "./cluster-file.js";
import { planServices } from "./plan-services.js";

async function makeFolder(t: TestContext, services: readonly string[], clients: readonly string[]) {
  const parent = mkdtempSync(join(tmpdir(), "wm-plan-"));
  t.after(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, "certs");
  const { makeCertificates } = await import("@worldmodels/certificates");
  await makeCertificates(folder, { services, clients, altNames: [], days: 1 });
  return folder;
}

const options = { folder: "/srv/wm", runs: "/srv/runs", workers: 2 };

test("with certificates every service has its own, asks for clients', and calls others with it", async (t) => {
  const folder = await makeFolder(t, serviceNames, ["bob", "alice"]);
  const certificates = await readClusterCertificates(folder);
  const { plans, cluster } = planServices({ ...options, basePort: 6000, certificates });
  for (const { name, flags, env, address } of plans) {
    const own = (file: string) => join(folder, name, file);
    assert.match(address, /^localhost:600\d$/);
    assert.deepEqual(
      [flags["tls_cert"], flags["tls_key"], flags["tls_client_ca"]],
      [own("tls.crt"), own("tls.key"), own("ca.crt")],
    );
    assert.deepEqual(env, {
      WORLDMODELS_TLS_CA: own("ca.crt"),
      WORLDMODELS_TLS_CERT: own("tls.crt"),
      WORLDMODELS_TLS_KEY: own("tls.key"),
    });
  }
  const alice = join(folder, "alice");
  assert.deepEqual(cluster.tls, {
    ca: join(alice, "ca.crt"),
    cert: join(alice, "tls.crt"),
    key: join(alice, "tls.key"),
  });
});

test("without certificates nothing speaks TLS; files of clients and tokens are named in full", () => {
  const { plans, cluster } = planServices({
    ...options,
    clientsFile: "clients.json",
    tokenFile: "alice.token",
  });
  assert.ok(plans.every(({ flags, tls }) => !("tls_cert" in flags) && tls === undefined));
  assert.ok(plans.every(({ flags }) => flags["clients_file"] === join(process.cwd(), "clients.json")));
  assert.equal(cluster.tls, undefined);
  assert.equal(cluster.tokenFile, join(process.cwd(), "alice.token"));
});

test("certificates at unix sockets are refused", async (t) => {
  const certificates = await readClusterCertificates(await makeFolder(t, serviceNames, ["alice"]));
  assert.throws(() => planServices({ ...options, certificates }), {
    code: "invalid-argument",
    message: /^--certificates goes with --base-port/,
  });
});

test("a folder without a client's certificate, or without a service's, says how to add one", async (t) => {
  const folder = await makeFolder(t, ["encoder"], []);
  await assert.rejects(readClusterCertificates(folder), {
    code: "not-found",
    message: `${folder} has no certificate of a client; add one with worldmodels certificates add ${folder} --clients NAME`,
  });
  const other = await makeFolder(t, ["encoder"], ["alice"]);
  await assert.rejects(readClusterCertificates(other, "bob"), {
    message: /has no certificate of a client bob; add one with .* --clients bob$/,
  });
  const certificates = await readClusterCertificates(other);
  assert.throws(() => planServices({ ...options, basePort: 6000, certificates }), {
    code: "not-found",
    message: /has no certificate of car-racing-env; add one with .* --names car-racing-env$/,
  });
});
