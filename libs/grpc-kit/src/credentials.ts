import { credentials, ServerCredentials } from "@grpc/grpc-js";
import type { ChannelCredentials } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** Files of a server's TLS, PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Certificates that clients must have been signed by: mutual TLS. Left out: any client may come. */
  readonly clientCa?: string;
}

/** Files of a client's TLS, PEM. */
export interface ClientTls {
  /** Certificates that the server must have been signed by; left out: the system's. */
  readonly ca?: string;
  /** Shown to servers that ask for one; both or none. */
  readonly cert?: string;
  readonly key?: string;
}

/** @throws DomainError naming the file that is missing or is no PEM */
export function serverCredentials(tls: ServerTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: readPem(tls.cert, "CERTIFICATE"), private_key: readPem(tls.key, "PRIVATE KEY") };
  const clientCa = tls.clientCa === undefined ? null : readPem(tls.clientCa, "CERTIFICATE");
  return explain("the server's certificate and key", () => {
    // grpc-js would find out when it listens, and say no more than that it cannot.
    createSecureContext({
      cert: pair.cert_chain,
      key: pair.private_key,
      ...(clientCa !== null && { ca: clientCa }),
    });
    return ServerCredentials.createSsl(clientCa, [pair], clientCa !== null);
  });
}

/** @throws DomainError naming the file that is missing or is no PEM */
export function clientCredentials(tls: ClientTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new DomainError(
      "invalid-argument",
      "a client's certificate and key go together; give both or none",
    );
  }
  const read = (path: string | undefined, label: string) =>
    path === undefined ? null : readPem(path, label);
  const [ca, key, cert] = [
    read(tls.ca, "CERTIFICATE"),
    read(tls.key, "PRIVATE KEY"),
    read(tls.cert, "CERTIFICATE"),
  ];
  return explain("the client's certificate and key", () => credentials.createSsl(ca, key, cert));
}

/** A shared secret, from a file that holds it and nothing else. */
export function readToken(path: string): string {
  const token = readText(path).trim();
  if (/^[\x21-\x7e]{16,}$/.test(token)) return token;
  throw new DomainError(
    "invalid-argument",
    `the token file ${path} must hold one line of 16 or more visible ASCII characters without spaces`,
  );
}

function readPem(path: string, label: string): Buffer {
  const text = readText(path);
  if (text.includes(`${label}-----`)) return Buffer.from(text);
  throw new DomainError("invalid-argument", `${path} holds no PEM block "${label}"; give the path of one`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new DomainError(
      "not-found",
      `${path} cannot be read (${code ?? "unknown reason"}); give another path`,
      {
        cause,
      },
    );
  }
}

function explain<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new DomainError("invalid-argument", `${what} do not fit each other: ${(cause as Error).message}`, {
      cause,
    });
  }
}
