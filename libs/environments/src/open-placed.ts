import { formatEnvUri } from "@worldmodels/env";
import type { EnvUri, VectorEnv } from "@worldmodels/env";
import { isDomainError } from "@worldmodels/errors";
import { setTimeout as sleep } from "node:timers/promises";
import type { EnvPlace, PlaceVariables } from "./env-places.js";
import { openRemote } from "./remote-kinds.js";

const RETRY_MS = { first: 100, most: 2000 };

/**
 * Opens an environment at the service that it is placed at. A service that is not there is waited for, and so is one that
 * has no room: it may be starting, or have to hear that others are gone.
 *
 * @param patienceMs how long; default 60,000 ms
 * @throws DomainError what the service refuses, or `unavailable` where nobody answers
 */
export async function openPlaced(
  { scheme, id, settings }: EnvUri,
  place: EnvPlace,
  options: Parameters<typeof openRemote>[2],
  variables: PlaceVariables,
  patienceMs = 60_000,
): Promise<VectorEnv> {
  const there = { ...place, id: scheme === "native" ? id : `${scheme}:${id}`, settings };
  const name = formatEnvUri(there);
  const startedMs = performance.now();
  for (let retryMs = RETRY_MS.first; ; retryMs = Math.min(2 * retryMs, RETRY_MS.most)) {
    try {
      return await openRemote(name, there, options, variables);
    } catch (error) {
      const mayPass = isDomainError(error, "unavailable") || isDomainError(error, "resource-exhausted");
      if (!mayPass || performance.now() - startedMs >= patienceMs) throw error;
      if (retryMs === RETRY_MS.first) process.stderr.write(`waiting for ${name}: ${error.message}\n`);
    }
    await sleep(retryMs);
  }
}
