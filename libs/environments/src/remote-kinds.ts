import type { EnvUri, VectorEnv } from "@worldmodels/env";
import { openRemoteEnv } from "@worldmodels/env-grpc";
import type { RemoteEnvOptions } from "@worldmodels/env-grpc";
import { formatAddress, parseAddress, readToken } from "@worldmodels/grpc-kit";
import type { ClientTls } from "@worldmodels/grpc-kit";

/** Where an environment's service listens unless the URI says another port. */
const DEFAULT_PORT = 50_051;

/** What of the process's environment says how services are reached; empty counts as not set. */
export interface RemoteVariables {
  /** PEM file of the authority that services' certificates must be signed by. This or a certificate turns TLS on. */
  readonly WORLDMODELS_TLS_CA?: string | undefined;
  /** PEM files of this client's certificate and its key, for services that ask for one. */
  readonly WORLDMODELS_TLS_CERT?: string | undefined;
  readonly WORLDMODELS_TLS_KEY?: string | undefined;
  /** File of the token that services ask for. */
  readonly WORLDMODELS_TOKEN_FILE?: string | undefined;
}

/**
 * The address of the service that a `grpc` or `grpc+unix` URI names, as `connect` takes it.
 *
 * @throws DomainError `invalid-argument` for a host, port or socket that cannot be one
 */
export function remoteAddress(uri: string, { scheme, authority = "" }: EnvUri): string {
  const what = `environment "${uri}": its service`;
  if (scheme === "grpc+unix") return formatAddress(parseAddress(`unix:${authority}`, what));
  const hasPort = /:\d+$/.test(authority.replace(/^\[[^\]]*\]/, ""));
  return formatAddress(parseAddress(hasPort ? authority : `${authority}:${DEFAULT_PORT}`, what));
}

/**
 * Opens an environment behind a service.
 *
 * @throws DomainError what the service refuses, or `unavailable` where nobody answers
 */
export function openRemote(
  uri: string,
  parsed: EnvUri,
  options: Omit<RemoteEnvOptions, "envId" | "settings" | "tls" | "token">,
  variables: RemoteVariables = process.env,
): Promise<VectorEnv> {
  const { WORLDMODELS_TOKEN_FILE: tokenFile } = variables;
  return openRemoteEnv(remoteAddress(uri, parsed), {
    ...options,
    envId: parsed.id,
    settings: parsed.settings,
    // A socket of this machine is as private as a file, and its path is in no certificate.
    tls: parsed.scheme === "grpc" ? tlsOf(variables) : undefined,
    token: tokenFile ? readToken(tokenFile) : undefined,
  });
}

function tlsOf(variables: RemoteVariables): ClientTls | undefined {
  const { WORLDMODELS_TLS_CA: ca, WORLDMODELS_TLS_CERT: cert, WORLDMODELS_TLS_KEY: key } = variables;
  if (!ca && !cert && !key) return undefined;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
