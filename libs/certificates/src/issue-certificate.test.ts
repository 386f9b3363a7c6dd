import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { describeCertificate } from "./describe-certificate.js";
import { issueAuthority, issueCertificate } from "./issue-certificate.js";

const validity = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2026-04-01T00:00:00Z") };
const altNames = ["encoder", "localhost", "*.example.org", "127.0.0.1", "::1"];

describe("a certificate", () => {
  it("of a service says its names, its days and what it is for, and its authority vouches for it", async () => {
    const authority = await issueAuthority("ours", validity);
    const { certificate, key } = await issueCertificate(authority, {
      ...validity,
      name: "encoder",
      kind: "service",
      altNames,
    });
    const read = new X509Certificate(certificate);
    const ca = new X509Certificate(authority.certificate);
    assert.equal(read.verify(ca.publicKey), true);
    assert.equal(read.checkIssued(ca), true);
    assert.equal(read.checkPrivateKey(createPrivateKey(key)), true);
    assert.equal(read.ca, false);
    for (const host of ["encoder", "localhost", "a.example.org"])
      assert.equal(typeof read.checkHost(host), "string");
    for (const address of ["127.0.0.1", "::1"]) assert.equal(read.checkIP(address), address);
    assert.equal(read.checkHost("predictor"), undefined);
    const { serial, ...facts } = describeCertificate(certificate, "x");
    assert.deepEqual(facts, {
      name: "encoder",
      kind: "service",
      altNames: ["encoder", "localhost", "*.example.org", "127.0.0.1", "0:0:0:0:0:0:0:1"],
      ...validity,
    });
    assert.match(serial, /^[4-7][0-9A-F]{31}$/);
  });

  it("of a client is for no server", async () => {
    const authority = await issueAuthority("ours", validity);
    const request = { ...validity, name: "alice", kind: "client", altNames: [] } as const;
    const { certificate } = await issueCertificate(authority, request);
    assert.equal(describeCertificate(certificate, "x").kind, "client");
    assert.deepEqual(new X509Certificate(certificate).keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  });

  it("of an authority is an authority's, and signed by itself", async () => {
    const { certificate } = await issueAuthority("ours", validity);
    const read = new X509Certificate(certificate);
    assert.equal(describeCertificate(certificate, "x").kind, "authority");
    assert.equal(read.verify(read.publicKey), true);
  });

  it("has a serial number and a key of its own each time", async () => {
    const authority = await issueAuthority("ours", validity);
    const request = { ...validity, name: "alice", kind: "client", altNames: [] } as const;
    const made = [await issueCertificate(authority, request), await issueCertificate(authority, request)];
    const serials = made.map(({ certificate }) => describeCertificate(certificate, "x").serial);
    assert.equal(new Set(serials).size, 2);
    assert.notEqual(made[0]?.key, made[1]?.key);
  });

  it("that is none is named", () => {
    assert.throws(() => describeCertificate("hello", "/tmp/x.crt"), {
      code: "invalid-argument",
      message: "/tmp/x.crt holds no certificate (PEM); make it again",
    });
  });
});
