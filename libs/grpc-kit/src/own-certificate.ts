import type { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ClientTls } from "./credentials.js";
import { readCertificates } from "./tls-files.js";

/** What of a client's own certificate may have made a server turn it away. */
export interface OwnCertificate {
  /** Whether it is sure to be refused. */
  readonly isTheReason: boolean;
  readonly sentence: string;
}

/**
 * A server of Node's refuses a certificate by closing the connection, without a word; what is wrong with it can be seen here.
 */
export function describeOwnCertificate({ cert, ca }: ClientTls, now = Date.now()): OwnCertificate {
  const sign = "give one that its authority has signed and that is valid by its clock";
  if (cert === undefined) {
    return { isTheReason: false, sentence: `if it asks for clients' certificates, ${sign}` };
  }
  const [own] = read(cert);
  const authorities = ca === undefined ? [] : read(ca);
  if (own === undefined) return { isTheReason: false, sentence: `the certificate ${cert} cannot be read` };
  if (Date.parse(own.validTo) <= now) {
    const day = new Date(own.validTo).toISOString().slice(0, 10);
    return { isTheReason: true, sentence: `this client's certificate ${cert} expired on ${day}; renew it` };
  }
  if (Date.parse(own.validFrom) > now) {
    return {
      isTheReason: true,
      sentence: `this client's certificate ${cert} is not yet valid; is the clock of this machine right?`,
    };
  }
  if (authorities.length > 0 && !authorities.some((authority) => isSigned(own, authority))) {
    return {
      isTheReason: true,
      sentence: `this client's certificate ${cert} was not signed by the authority ${ca ?? ""} that the service belongs to; ${sign}`,
    };
  }
  return { isTheReason: false, sentence: `if it refuses the certificate ${cert}, ${sign}` };
}

function read(path: string): X509Certificate[] {
  try {
    return readCertificates(readFileSync(path, "utf8"));
  } catch {
    return [];
  }
}

function isSigned(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
