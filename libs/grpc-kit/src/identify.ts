import type { Metadata } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import { timingSafeEqual } from "node:crypto";
import { hashToken } from "./clients-file.js";
import type { ClientLimits, ClientsFile, KnownClient } from "./clients-file.js";

/** Who makes a call, and what they may ask for. */
export interface Caller {
  readonly identity: string;
  readonly limits: ClientLimits;
}

/** What a call shows of its caller. */
export interface Credentials {
  /** Metadata `authorization`. */
  readonly authorization: string | undefined;
  /** Common name of the client's certificate, where the connection's authority has signed it. */
  readonly commonName: string | undefined;
}

/**
 * Who it is: whom the token belongs to, else the name in the certificate.
 *
 * @param clients who may call; undefined: everybody may
 * @returns undefined where everybody may call and the caller shows nothing
 * @throws DomainError `unauthenticated` for nobody that the file knows, `permission-denied` for whom it refuses
 */
export function identify(
  clients: ClientsFile | undefined,
  { authorization, commonName }: Credentials,
): Caller | undefined {
  if (clients === undefined) {
    return commonName === undefined ? undefined : { identity: commonName, limits: {} };
  }
  if (authorization !== undefined) return admitted(byToken(clients, authorization));
  if (commonName === undefined) {
    throw new DomainError(
      "unauthenticated",
      "this service asks for a token; send metadata authorization: Bearer TOKEN",
    );
  }
  const known = clients.clients.get(commonName);
  if (known !== undefined) return admitted(known);
  if (clients.others !== undefined) return { identity: commonName, limits: clients.others };
  throw new DomainError(
    "unauthenticated",
    `this service does not know "${commonName}", the name in the client's certificate; have it added to the service's clients file`,
  );
}

/** Compares with every token, so that the time it takes says nothing. */
function byToken({ clients }: ClientsFile, authorization: string): KnownClient {
  const digest = Buffer.from(hashToken(authorization.replace(/^Bearer /, "")), "hex");
  let found: KnownClient | undefined;
  for (const client of clients.values()) {
    if (client.tokenDigest !== undefined && timingSafeEqual(digest, client.tokenDigest)) found = client;
  }
  if (found !== undefined && authorization.startsWith("Bearer ")) return found;
  throw new DomainError("unauthenticated", "the token is not one that this service knows; ask for a new one");
}

function admitted({ identity, refused, limits }: KnownClient): Caller {
  if (!refused) return { identity, limits };
  throw new DomainError(
    "permission-denied",
    `this service refuses ${identity}; ask whoever keeps its clients file`,
  );
}

/** Kept beside the metadata, where no caller can write it. */
const callers = new WeakMap<Metadata, Caller>();

/** Says who makes the call that brought this metadata. */
export function rememberCaller(metadata: Metadata, caller: Caller): void {
  callers.set(metadata, caller);
}

/** Who makes the call that brought this metadata; undefined where nobody had to say. */
export function callerOf(metadata: Metadata): Caller | undefined {
  return callers.get(metadata);
}
