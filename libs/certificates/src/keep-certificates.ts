import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  addCertificates,
  listCertificates,
  makeCertificates,
  renewCertificates,
} from "./certificate-folder.js";
import type { FolderOptions, ListedCertificate, NewCertificates } from "./certificate-folder.js";

/**
 * Brings a folder to what is wanted, wherever it is: makes the authority if there is none, adds names that lack a
 * certificate, renews what expires soon. Given again after a kill it goes on; where nothing is to be done it does nothing.
 *
 * An authority's key without its certificate, and without a single certificate that it has signed, is what a kill left of
 * making it, and is made anew.
 *
 * @param withinDays how soon
 * @returns what was made, added or renewed
 * @throws DomainError as `makeCertificates`, `addCertificates`, `renewCertificates`
 */
export async function keepCertificates(
  folder: string,
  wanted: NewCertificates,
  { withinDays, ...options }: FolderOptions & { readonly withinDays: number },
): Promise<ListedCertificate[]> {
  const { caKey = join(folder, "ca.key") } = options;
  const isIssued = (name: string) => existsSync(join(folder, name, "tls.crt"));
  if (!existsSync(join(folder, "ca.crt"))) {
    if (![...wanted.services, ...wanted.clients].some(isIssued)) rmSync(caKey, { force: true });
    return makeCertificates(folder, wanted, options);
  }
  const before = new Map(listCertificates(folder).map(({ name, serial }) => [name, serial]));
  const lacking = (names: readonly string[]) => names.filter((name) => !isIssued(name));
  const missing = { ...wanted, services: lacking(wanted.services), clients: lacking(wanted.clients) };
  if (missing.services.length + missing.clients.length > 0) await addCertificates(folder, missing, options);
  await renewCertificates(folder, { withinDays }, options);
  return listCertificates(folder).filter(({ name, serial }) => before.get(name) !== serial);
}
