import { DomainError } from "@worldmodels/errors";
import { service as healthService } from "grpc-health-check";
import type { CallContext } from "./call-context.js";
import type { ServedService, ServiceDefinition } from "./service-handlers.js";

export type HealthState = "SERVING" | "NOT_SERVING";

/** What a server says of itself: grpc.health.v1, one state for all of its names. */
export interface Health {
  readonly served: ServedService;
  set(state: HealthState): void;
}

/**
 * Health that begins as SERVING. Ours instead of grpc-health-check's own handlers, whose watchers nothing ends: each would
 * hold a server that stops for its whole grace.
 *
 * @param names of the services; the empty one stands for the whole server and is always there
 */
export function createHealth(names: readonly string[]): Health {
  const known = ["", ...names];
  let state: HealthState = "SERVING";
  const watchers = new Set<() => void>();
  const check = async ({ service }: { readonly service: string }) => {
    if (known.includes(service)) return { status: state };
    throw new DomainError(
      "not-found",
      `there is no service "${service}" here; there are ${names.join(", ")}, and "" for all`,
    );
  };
  async function* watch({ service }: { readonly service: string }, { signal }: CallContext) {
    if (!known.includes(service)) {
      yield { status: "SERVICE_UNKNOWN" };
      await changeOrEnd(new Set(), signal);
      return;
    }
    let told: HealthState | undefined;
    while (!signal.aborted) {
      if (told !== state) {
        told = state;
        yield { status: told };
      } else await changeOrEnd(watchers, signal);
    }
  }
  const list = async () => ({ statuses: Object.fromEntries(known.map((name) => [name, { status: state }])) });
  return {
    served: {
      name: "grpc.health.v1.Health",
      definition: healthService as unknown as ServiceDefinition,
      handlers: { Check: check, Watch: watch, List: list },
    },
    set(next) {
      state = next;
      for (const tell of watchers) tell();
    },
  };
}

function changeOrEnd(watchers: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const tell = () => {
      watchers.delete(tell);
      signal.removeEventListener("abort", tell);
      resolve();
    };
    watchers.add(tell);
    signal.addEventListener("abort", tell, { once: true });
  });
}
