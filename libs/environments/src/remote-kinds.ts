import type { EnvUri, VectorEnv } from "@worldmodels/env";
import { openRemoteEnv } from "@worldmodels/env-grpc";
import type { RemoteEnvOptions } from "@worldmodels/env-grpc";
import { connectOptionsFor, formatAddress, parseAddress } from "@worldmodels/grpc-kit";
import type { ClientVariables } from "@worldmodels/grpc-kit";

/** Where an environment's service listens unless the URI says another port. */
const DEFAULT_PORT = 50_051;

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
  variables: ClientVariables = process.env,
): Promise<VectorEnv> {
  const address = remoteAddress(uri, parsed);
  return openRemoteEnv(address, {
    ...options,
    ...connectOptionsFor(address, variables),
    envId: parsed.id,
    settings: parsed.settings,
  });
}
