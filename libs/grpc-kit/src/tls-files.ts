import { readText } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { X509Certificate } from "node:crypto";
import { statSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** Paths of PEM files; certificate and key go together. */
export interface TlsPaths {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
}

/** What they hold. */
export interface TlsFiles {
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly ca: Buffer | undefined;
}

/** A certificate that ends sooner is warned of. */
const SOON_MS = 7 * 86_400_000;

/**
 * Reads the files, and makes sure that they fit each other.
 *
 * @param whose names the side in the sentence
 * @throws DomainError naming the file that is missing or is no PEM
 */
export function readTlsFiles({ cert, key, ca }: TlsPaths, whose: "server" | "client"): TlsFiles {
  const read = (path: string | undefined, label: string) =>
    path === undefined ? undefined : readPem(path, label);
  const files = {
    cert: read(cert, "CERTIFICATE"),
    key: read(key, "PRIVATE KEY"),
    ca: read(ca, "CERTIFICATE"),
  };
  try {
    // grpc-js would find out when it is too late, and say no more than that it cannot.
    createSecureContext(files);
  } catch (cause) {
    throw new DomainError(
      "invalid-argument",
      `the ${whose}'s certificate and key do not fit each other: ${(cause as Error).message}`,
      { cause },
    );
  }
  return files;
}

/** What whoever runs a service should know of its files, a sentence each. */
export function warnOfTlsFiles(paths: TlsPaths, files: TlsFiles, now = Date.now()): string[] {
  return [
    ...warnOfPermissions(paths.key),
    ...warnOfDates(paths.cert, files.cert, now),
    ...warnOfDates(paths.ca, files.ca, now),
  ];
}

/** All certificates of a PEM file, in order. @throws what Node says of one that is damaged */
export function readCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [pem];
  return blocks.map((block) => new X509Certificate(block));
}

function readPem(path: string, label: string): Buffer {
  const text = readText(path);
  if (!text.includes(`${label}-----`)) {
    throw new DomainError("invalid-argument", `${path} holds no PEM block "${label}"; give the path of one`);
  }
  if (label === "CERTIFICATE") assertCertificate(path, text);
  return Buffer.from(text);
}

function assertCertificate(path: string, text: string): void {
  try {
    readCertificates(text);
  } catch (cause) {
    throw new DomainError("invalid-argument", `the certificate in ${path} is damaged; make it again`, {
      cause,
    });
  }
}

function warnOfPermissions(key: string | undefined): string[] {
  if (key === undefined) return [];
  const mode = statSync(key, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) === 0) return [];
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  return [`the key ${key} can be used by others than its owner (mode ${octal}); chmod 600 ${key}`];
}

function warnOfDates(path: string | undefined, pem: Buffer | undefined, now: number): string[] {
  if (path === undefined || pem === undefined) return [];
  return readCertificates(pem.toString()).flatMap((certificate) => warnOfDate(path, certificate, now));
}

function warnOfDate(path: string, { validFrom, validTo }: X509Certificate, now: number): string[] {
  const [from, to] = [new Date(validFrom), new Date(validTo)];
  if (to.getTime() <= now) {
    return [`the certificate ${path} expired on ${dayOf(to)}, and is refused by everybody; renew it`];
  }
  if (from.getTime() > now) {
    return [`the certificate ${path} is valid from ${dayOf(from)} on only; is this machine's clock right?`];
  }
  return to.getTime() - now < SOON_MS ? [`the certificate ${path} expires on ${dayOf(to)}; renew it`] : [];
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
