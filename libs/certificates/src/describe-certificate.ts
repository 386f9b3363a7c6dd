import { DomainError } from "@worldmodels/errors";
import { X509Certificate } from "node:crypto";
import type { CertificateKind, Validity } from "./issue-certificate.js";

/** What a certificate says. */
export interface CertificateFacts extends Validity {
  /** The subject's common name. */
  readonly name: string;
  readonly kind: CertificateKind | "authority";
  /** Hex digits, upper case. */
  readonly serial: string;
  /** Host names and IP addresses. */
  readonly altNames: readonly string[];
}

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

/**
 * Reads a certificate.
 *
 * @param pem its text; the first certificate counts
 * @param path where it came from, for the sentence
 * @throws DomainError `invalid-argument` where it is none
 */
export function describeCertificate(pem: string, path: string): CertificateFacts {
  const read = parseCertificate(pem, path);
  // Node's types know nothing of a certificate without this extension, which has none.
  const usages = (read.keyUsage as readonly string[] | undefined) ?? [];
  return {
    name: /^CN=(.*)$/m.exec(read.subject)?.[1] ?? "",
    kind: read.ca ? "authority" : usages.includes(SERVER_AUTH) ? "service" : "client",
    serial: read.serialNumber,
    altNames: (read.subjectAltName ?? "")
      .split(", ")
      .filter((each) => each !== "")
      .map((each) => each.replace(/^(DNS|IP Address):/, "")),
    notBefore: new Date(read.validFrom),
    notAfter: new Date(read.validTo),
  };
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new DomainError("invalid-argument", `${path} holds no certificate (PEM); make it again`, { cause });
  }
}
