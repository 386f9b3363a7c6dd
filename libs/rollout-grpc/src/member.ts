import { createServicePeer } from "@worldmodels/artifact-grpc";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { checkHealth } from "@worldmodels/grpc-kit";
import type { Connection, ServiceClient } from "@worldmodels/grpc-kit";
import type { RolloutServiceService } from "@worldmodels/proto/rollout";
import type { NeededArtifact } from "./portable-setup.js";

/** One rollout service, as its pool knows it from run to run. */
export interface Member {
  readonly connection: Connection;
  readonly client: ServiceClient<typeof RolloutServiceService>;
  /** `unknown` until it has answered; `lost` from a failure until it answers again. */
  state: "unknown" | "well" | "lost";
  /** Episodes per second, of its first call in the last run; undefined before the first. */
  speed: number | undefined;
}

const HEALTH_DEADLINE_MS = 5000;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const SERVICE = "worldmodels.rollout.v1.RolloutService";

/** @throws DomainError `unavailable` or `deadline-exceeded` where it does not answer, or says that it does not serve */
export async function assertServing({ connection }: Member, signal: AbortSignal): Promise<void> {
  const state = await checkHealth(connection, { service: SERVICE, deadlineMs: HEALTH_DEADLINE_MS, signal });
  if (state === "SERVING") return;
  throw new DomainError("unavailable", `${connection.address} says of itself: ${state}`);
}

/**
 * Puts what it needs to play into the member's store; what is there already, as in a store that it shares with the caller,
 * is left alone. A service without ArtifactService has to see the caller's store.
 *
 * @throws DomainError as `send` of a service's peer
 */
export async function provide(
  { connection }: Member,
  needs: readonly NeededArtifact[],
  signal: AbortSignal,
): Promise<void> {
  const peer = createServicePeer(connection);
  try {
    for (const { ref, store } of needs) await peer.send(ref, store, { signal });
  } catch (error) {
    if (!isDomainError(error, "unimplemented")) throw error;
  }
}

/** Whether asking again, or asking another service, may help. */
export function isPassing(error: unknown): error is DomainError {
  return (
    isDomainError(error, "unavailable") ||
    isDomainError(error, "resource-exhausted") ||
    // These are of our own making, or of a connection that was shut: nothing that the request is to blame for.
    isDomainError(error, "deadline-exceeded") ||
    isDomainError(error, "cancelled")
  );
}

/** The member's part of the speed of all that are not lost; those that have not played yet count as average. */
export function shareOf(member: Member, members: readonly Member[]): number {
  const there = members.filter((each) => each === member || each.state !== "lost");
  const known = there.flatMap(({ speed }) => speed ?? []);
  const average = known.length === 0 ? 1 : known.reduce((sum, speed) => sum + speed, 0) / known.length;
  const total = there.reduce((sum, { speed }) => sum + (speed ?? average), 0);
  return there.length === 1 ? 1 : (member.speed ?? average) / total;
}

/** Before asking again: longer from attempt to attempt, counted from 0. */
export function pauseMs(attempt: number): number {
  return Math.min(SHORTEST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
}
