import { explainWriteError, readText, writeFileAtomic } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { assertNames, serviceAltNames } from "./certificate-names.js";
import { describeCertificate } from "./describe-certificate.js";
import type { CertificateFacts } from "./describe-certificate.js";
import { issueAuthority, issueCertificate } from "./issue-certificate.js";
import type { CertificateRequest } from "./issue-certificate.js";
import { authorityPath, readAuthority } from "./read-authority.js";
import type { Authority } from "./read-authority.js";

/** A certificate of a folder. */
export interface ListedCertificate extends CertificateFacts {
  /** Its file. */
  readonly path: string;
}

/** What is to be made. */
export interface NewCertificates {
  /** Names of services: each is called under its name, `localhost`, 127.0.0.1, ::1 and `altNames`. */
  readonly services: readonly string[];
  /** Names of clients. */
  readonly clients: readonly string[];
  readonly altNames: readonly string[];
  /** How long they are valid; never longer than their authority. */
  readonly days: number;
}

/** Where the authority's key is, if not in the folder, and what time it is. */
export interface FolderOptions {
  /** Default: `ca.key` in the folder. */
  readonly caKey?: string | undefined;
  /** Default: now. */
  readonly now?: Date;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3653;
/** Clocks differ: a certificate that is used at once must not be of the future somewhere else. */
const HEAD_START_MS = 3_600_000;
const OWNER_ONLY = 0o600;

/**
 * Makes an authority, valid for ten years, and certificates: `ca.crt` and `ca.key` in the folder, and `tls.crt`, `tls.key` and
 * `ca.crt` in a folder for each name. Folders and keys are for their owner alone.
 *
 * @throws DomainError `already-exists` where the folder has an authority; `invalid-argument` for a name that is none
 */
export async function makeCertificates(
  folder: string,
  wanted: NewCertificates,
  options: FolderOptions = {},
): Promise<ListedCertificate[]> {
  const { now = new Date(), caKey = join(folder, "ca.key") } = options;
  const found = [join(folder, "ca.crt"), caKey].find((path) => existsSync(path));
  if (found !== undefined) {
    throw new DomainError(
      "already-exists",
      `${found} is there: an authority is never overwritten; add to it with worldmodels certificates add ${folder}, or choose another folder`,
    );
  }
  assertWanted(folder, wanted);
  makeFolder(folder);
  const authority = await issueAuthority(`worldmodels ${randomBytes(4).toString("hex")}`, {
    notBefore: new Date(now.getTime() - HEAD_START_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_MS),
  });
  await writeFileAtomic(caKey, authority.key, { mode: OWNER_ONLY });
  await writeFileAtomic(join(folder, "ca.crt"), authority.certificate);
  return addCertificates(folder, wanted, { caKey, now });
}

/**
 * Adds certificates to a folder that has an authority.
 *
 * @throws DomainError `already-exists` where a name has one; `failed-precondition` where the authority has expired;
 *   `invalid-argument` for a name or key that is none; `not-found` where there is no authority or no key of it
 */
export async function addCertificates(
  folder: string,
  wanted: NewCertificates,
  options: FolderOptions = {},
): Promise<ListedCertificate[]> {
  const now = options.now ?? new Date();
  assertWanted(folder, wanted);
  const authority = readAuthority(folder, options.caKey, now);
  const { altNames, days } = wanted;
  const requests = [
    ...wanted.services.map((name) => ({
      name,
      kind: "service" as const,
      altNames: serviceAltNames(name, altNames),
    })),
    ...wanted.clients.map((name) => ({ name, kind: "client" as const, altNames: [] })),
  ];
  for (const request of requests) await issueInto(folder, authority, { ...request, days }, now);
  return listCertificates(folder).filter(
    ({ name, kind }) => kind === "authority" || requests.some((each) => each.name === name),
  );
}

/**
 * Issues certificates again, with new keys: those that expire soon, for as long as they were valid before.
 *
 * @param which `withinDays`: how soon; Infinity for all
 * @returns what was renewed
 * @throws DomainError as `addCertificates`
 */
export async function renewCertificates(
  folder: string,
  which: { readonly withinDays: number },
  options: FolderOptions = {},
): Promise<ListedCertificate[]> {
  const now = options.now ?? new Date();
  const authority = readAuthority(folder, options.caKey, now);
  const due = listCertificates(folder).filter(
    ({ kind, notAfter }) =>
      kind !== "authority" && notAfter.getTime() <= now.getTime() + which.withinDays * DAY_MS,
  );
  for (const { name, kind, altNames, notBefore, notAfter } of due) {
    const days = Math.max(1, Math.round((notAfter.getTime() - notBefore.getTime()) / DAY_MS));
    await issueInto(
      folder,
      authority,
      { name, kind: kind === "service" ? kind : "client", altNames, days },
      now,
    );
  }
  const names = due.map(({ name }) => name);
  return listCertificates(folder).filter(({ name, kind }) => kind !== "authority" && names.includes(name));
}

/**
 * The authority of a folder, then its certificates by name.
 *
 * @throws DomainError `not-found` where there is no authority; `invalid-argument` for a file that is no certificate
 */
export function listCertificates(folder: string): ListedCertificate[] {
  const list = (path: string) => ({ path, ...describeCertificate(readText(path), path) });
  const authority = authorityPath(folder);
  const paths = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name, "tls.crt"))
    .filter((path) => existsSync(path))
    .sort();
  return [authority, ...paths].map(list);
}

/** Everything that is wrong with the request, before anything is written. */
function assertWanted(folder: string, { services, clients, altNames }: NewCertificates): void {
  const names = [...services, ...clients];
  assertNames(names);
  for (const name of services) serviceAltNames(name, altNames);
  const taken = names.find((name) => existsSync(join(folder, name, "tls.crt")));
  if (taken === undefined) return;
  throw new DomainError(
    "already-exists",
    `${taken} has a certificate in ${folder}; renew it with worldmodels certificates renew ${folder} --all, or choose another name`,
  );
}

async function issueInto(
  folder: string,
  authority: Authority,
  request: Omit<CertificateRequest, "notBefore" | "notAfter"> & { readonly days: number },
  now: Date,
): Promise<void> {
  const { days, ...rest } = request;
  const notBefore = new Date(Math.max(now.getTime() - HEAD_START_MS, authority.notBefore.getTime()));
  const end = Math.min(now.getTime() + days * DAY_MS, authority.notAfter.getTime());
  const issued = await issueCertificate(authority, { ...rest, notBefore, notAfter: new Date(end) });
  const into = join(folder, request.name);
  makeFolder(into);
  // Whoever reads between these sees a pair that does not fit, keeps the old one, and looks again.
  await writeFileAtomic(join(into, "ca.crt"), authority.certificate);
  await writeFileAtomic(join(into, "tls.key"), issued.key, { mode: OWNER_ONLY });
  await writeFileAtomic(join(into, "tls.crt"), issued.certificate);
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw explainWriteError(error, "the folder of certificates", folder);
  }
}
