import { readText } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeCertificate } from "./describe-certificate.js";
import type { CertificateFacts } from "./describe-certificate.js";
import type { KeyedCertificate } from "./issue-certificate.js";

/** An authority that can sign. */
export interface Authority extends KeyedCertificate, CertificateFacts {}

/** @throws DomainError `not-found` where the folder has no authority */
export function authorityPath(folder: string): string {
  const path = join(folder, "ca.crt");
  if (existsSync(path)) return path;
  throw new DomainError(
    "not-found",
    `there is no ca.crt in ${folder}; make an authority there with worldmodels certificates make ${folder}`,
  );
}

/**
 * @param caKey file of the authority's key; default: `ca.key` in the folder
 * @throws DomainError `not-found` for a file that is missing, `failed-precondition` where the authority has expired,
 *   `invalid-argument` for a key that is none, or another's
 */
export function readAuthority(folder: string, caKey: string | undefined, now: Date): Authority {
  const path = authorityPath(folder);
  const certificate = readText(path);
  const facts = describeCertificate(certificate, path);
  if (facts.notAfter <= now) {
    throw new DomainError(
      "failed-precondition",
      `the authority ${path} expired on ${facts.notAfter.toISOString().slice(0, 10)}, and nothing that it signs is accepted any more; make a new one in another folder, and give its certificates to all services and clients`,
    );
  }
  const keyPath = caKey ?? join(folder, "ca.key");
  if (!existsSync(keyPath)) {
    throw new DomainError(
      "not-found",
      `the authority's key ${keyPath} is not there; if you keep it elsewhere, say where with --ca-key FILE`,
    );
  }
  const key = readText(keyPath);
  if (!isPair(certificate, key)) {
    throw new DomainError(
      "invalid-argument",
      `${keyPath} is not the key of ${path}; give the key that was made with it`,
    );
  }
  return { certificate, key, ...facts };
}

function isPair(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
