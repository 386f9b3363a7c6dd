import { isPlainObject, readJson, writeFileAtomic } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { hashToken, newToken, parseClients } from "@worldmodels/grpc-kit";

/** A number to set, or null for no limit; what is left out stays as it is. */
export type LimitChanges = Readonly<Record<string, number | null | undefined>>;

type Entries = Record<string, Record<string, unknown>>;

/**
 * Makes a client's token, its first or a new one instead of the old.
 *
 * @param file clients file; made where there is none
 * @returns the token, which is nowhere else
 * @throws DomainError for a file or an identity that is none
 */
export async function makeToken(file: string, identity: string, limits: LimitChanges): Promise<string> {
  if (identity === "default") {
    throw new DomainError(
      "invalid-argument",
      "default stands for certificates that are not listed, and has no token; choose another name",
    );
  }
  const token = newToken();
  await edit(file, (clients) => {
    clients[identity] = changed({ ...clients[identity], token_sha256: hashToken(token) }, limits);
  });
  return token;
}

/** Changes the limits of a client, or of `default`, or whether it is refused; adds it where it is not there. */
export async function changeClient(
  file: string,
  identity: string,
  limits: LimitChanges,
  refused?: boolean,
): Promise<void> {
  await edit(file, (clients, whole) => {
    if (identity === "default") {
      if (refused !== undefined) {
        throw new DomainError(
          "invalid-argument",
          "default cannot be refused; to refuse certificates that are not listed, remove it",
        );
      }
      whole["default"] = changed(isPlainObject(whole["default"]) ? whole["default"] : {}, limits);
      return;
    }
    const { refused: before, ...entry } = clients[identity] ?? {};
    const isRefused = refused ?? before === true;
    clients[identity] = { ...changed(entry, limits), ...(isRefused && { refused: true }) };
  });
}

/** @throws DomainError `not-found` where there is no such client */
export async function removeClient(file: string, identity: string): Promise<void> {
  await edit(file, (clients, whole) => {
    const from = identity === "default" ? whole : clients;
    if (!Object.hasOwn(from, identity)) {
      throw new DomainError(
        "not-found",
        `${file} has no client ${identity}; worldmodels clients show lists them`,
      );
    }
    Reflect.deleteProperty(from, identity);
  });
}

async function edit(
  file: string,
  change: (clients: Entries, whole: Record<string, unknown>) => void,
): Promise<void> {
  const found = await readJson(file, "clients file").catch((error: unknown) => {
    if (!isDomainError(error, "not-found")) throw error;
    return { clients: {} };
  });
  parseClients(found, file);
  const whole = { ...(found as Record<string, unknown>) };
  const clients = { ...(whole["clients"] as Entries | undefined) };
  change(clients, whole);
  const next = { ...whole, clients };
  parseClients(next, file);
  // Digests and limits are no secrets, but whoever can write here can call.
  await writeFileAtomic(file, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o644 });
}

function changed(entry: Readonly<Record<string, unknown>>, limits: LimitChanges): Record<string, unknown> {
  const after = {
    ...entry,
    ...Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
  };
  return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== null));
}
