import { credentials, experimental, ServerCredentials } from "@grpc/grpc-js";
import type { ChannelCredentials } from "@grpc/grpc-js";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { certificateSource } from "./certificate-source.js";
import { readTlsFiles, warnOfTlsFiles } from "./tls-files.js";
import type { TlsFiles } from "./tls-files.js";
import type { OnNotice } from "./wire-notice.js";

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

export interface CredentialOptions {
  readonly onNotice?: OnNotice | undefined;
  /** How often the files are looked at, milliseconds; default 2000. */
  readonly reloadEveryMs?: number | undefined;
}

/**
 * A server's credentials, which follow their files: those that are renewed hold for new connections.
 *
 * @throws DomainError naming the file that is missing or is no PEM
 */
export function serverCredentials(
  tls: ServerTls | undefined,
  { onNotice = () => undefined, reloadEveryMs }: CredentialOptions = {},
): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const paths = { cert: tls.cert, key: tls.key, ca: tls.clientCa };
  const warn = (files: TlsFiles) => {
    for (const sentence of warnOfTlsFiles(paths, files)) onNotice("warning", sentence);
  };
  const source = certificateSource(paths, "server", {
    everyMs: reloadEveryMs,
    onReload: (files) => {
      onNotice("reloaded", `new connections use the certificates now in ${tls.cert}`);
      warn(files);
    },
    onBad: (error) => onNotice("warning", keptSentence(error)),
  });
  warn(source.files());
  const isMutual = tls.clientCa !== undefined;
  // Its first parameter is the server's own certificate, whatever grpc-js's declaration calls it.
  return experimental.createCertificateProviderServerCredentials(source, isMutual ? source : null, isMutual);
}

/**
 * A client's credentials, which follow their files where they name an authority.
 *
 * @throws DomainError naming the file that is missing or is no PEM
 */
export function clientCredentials(
  tls: ClientTls | undefined,
  { onNotice = warnProcess, reloadEveryMs }: CredentialOptions = {},
): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { cert, key, ca } = tls;
  if ((cert === undefined) !== (key === undefined)) {
    throw new DomainError(
      "invalid-argument",
      "a client's certificate and key go together; give both or none",
    );
  }
  if (ca === undefined) {
    // The system's authorities are Node's matter, and are not to be had as a file that could be followed.
    const files = readTlsFiles(tls, "client");
    return credentials.createSsl(null, files.key ?? null, files.cert ?? null);
  }
  const source = certificateSource(tls, "client", {
    everyMs: reloadEveryMs,
    onReload: () => onNotice("reloaded", `new connections use the certificates now in ${cert ?? ca}`),
    onBad: (error) => onNotice("warning", keptSentence(error)),
  });
  return experimental.createCertificateProviderChannelCredentials(source, cert === undefined ? null : source);
}

function keptSentence(error: unknown): string {
  const why = isDomainError(error) ? error.message : String(error);
  return `the certificates in use stay in force, since their files cannot be used: ${why}`;
}

/** A library has no log; warnings of a process go where Node's own do. */
const warnProcess: OnNotice = (kind, message) => {
  if (kind === "warning") process.emitWarning(message);
};
