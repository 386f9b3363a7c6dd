import type { ConnectOptions } from "./connect.js";
import { tokenFromFile } from "./token-file.js";

/** What of a process's environment says how services are reached; empty counts as not set. */
export interface ClientVariables {
  /** PEM file of the authority that services' certificates must be signed by. This or a certificate turns TLS on. */
  readonly WORLDMODELS_TLS_CA?: string | undefined;
  /** PEM files of this client's certificate and its key, for services that ask for one. */
  readonly WORLDMODELS_TLS_CERT?: string | undefined;
  readonly WORLDMODELS_TLS_KEY?: string | undefined;
  /** File of the token that services ask for. */
  readonly WORLDMODELS_TOKEN_FILE?: string | undefined;
}

/**
 * How to connect to a service that is known by its address alone, as in an environment's URI or a list of rollout services.
 *
 * @throws DomainError for a token file that is missing or is none
 */
export function connectOptionsFor(
  address: string,
  variables: ClientVariables = process.env,
): Pick<ConnectOptions, "tls" | "token"> {
  const {
    WORLDMODELS_TLS_CA: ca,
    WORLDMODELS_TLS_CERT: cert,
    WORLDMODELS_TLS_KEY: key,
    WORLDMODELS_TOKEN_FILE: tokenFile,
  } = variables;
  // A socket of this machine is as private as a file, and its path is in no certificate.
  const speaksTls = !address.startsWith("unix:") && Boolean(ca || cert || key);
  return {
    tls: speaksTls ? { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } : undefined,
    token: tokenFile ? tokenFromFile(tokenFile) : undefined,
  };
}
