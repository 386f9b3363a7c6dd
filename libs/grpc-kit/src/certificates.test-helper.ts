// Certificates for tests, in files as a deployment has them.
import { issueAuthority, issueCertificate } from "@worldmodels/certificates";
import type { CertificateKind } from "@worldmodels/certificates";
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const DAY_MS = 86_400_000;
const THREE_MONTHS = [-1, 90] as const;

/** The PEM files of a certificate and its key. */
export interface IssuedFiles {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  /** Default: a service's, which may also call. */
  readonly kind?: CertificateKind;
  /** Default: localhost and 127.0.0.1. */
  readonly altNames?: readonly string[];
  /** From how many days from now, and to how many; default: from yesterday to 90. */
  readonly days?: readonly [number, number];
}

/** Who signs. */
export interface TestAuthority {
  /** PEM file of its certificate. */
  readonly ca: string;
  /** Signs a certificate; one of a name that was given before replaces it, each file at once. */
  issue(name: string, options?: IssueOptions): Promise<IssuedFiles>;
}

/** A new certificate authority, whose files go into `folder`. */
export async function createAuthority(
  folder: string,
  name: string,
  { days = [-1, 3650] }: Pick<IssueOptions, "days"> = {},
): Promise<TestAuthority> {
  const write = (file: string, text: string) => {
    const path = join(folder, file);
    writeFileSync(`${path}.new`, text);
    chmodSync(`${path}.new`, 0o600);
    renameSync(`${path}.new`, path);
    return path;
  };
  const authority = await issueAuthority(name, validity(days));
  return {
    ca: write(`${name}-ca.pem`, authority.certificate),
    async issue(subject, options = {}) {
      const { kind = "service", altNames = ["localhost", "127.0.0.1"], days = THREE_MONTHS } = options;
      const request = { name: subject, kind, altNames: kind === "client" ? [] : altNames, ...validity(days) };
      const { certificate, key } = await issueCertificate(authority, request);
      return { cert: write(`${subject}-cert.pem`, certificate), key: write(`${subject}-key.pem`, key) };
    },
  };
}

function validity([from, to]: readonly [number, number]) {
  const at = (days: number) => new Date(Date.now() + days * DAY_MS);
  return { notBefore: at(from), notAfter: at(to) };
}
