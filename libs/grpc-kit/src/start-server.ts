import { Server } from "@grpc/grpc-js";
import type { ServiceDefinition as GrpcDefinition } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import { HealthImplementation } from "grpc-health-check";
import { formatAddress } from "./address.js";
import type { Address } from "./address.js";
import { serverCredentials } from "./credentials.js";
import type { ServerTls } from "./credentials.js";
import { implement } from "./implement.js";
import { listen } from "./listen.js";
import { addReflection } from "./reflection.js";
import { requireToken } from "./require-token.js";
import type { ServedService } from "./service-handlers.js";

export interface ServerOptions {
  readonly listen: Address;
  readonly services: readonly ServedService[];
  readonly tls?: ServerTls | undefined;
  /** Secret that every call but health checks must bring. */
  readonly token?: string | undefined;
  /** Largest message taken in, bytes; default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** Most calls of one connection at a time; more wait at the client. Default 4096. */
  readonly maxStreams?: number;
  /** Default true. */
  readonly reflection?: boolean;
  /** Told of everything thrown that is no DomainError. */
  readonly onBug: (method: string, error: unknown) => void;
}

/** A server that listens. */
export interface RunningServer {
  /** As clients write it; with the port that was free where 0 was asked for. */
  readonly address: string;
  /** What health checks answer for every service from now on; SERVING from the start. */
  setHealth(state: "SERVING" | "NOT_SERVING"): void;
  /**
   * Drains: health NOT_SERVING, no new calls, streams end with UNAVAILABLE, unary calls may finish within `graceMs`.
   * Twice is fine.
   */
  stop(options: { readonly graceMs: number }): Promise<void>;
}

/**
 * Starts a gRPC server with health (one name per service, and the empty name for all), reflection and limits.
 *
 * @throws DomainError where the address is taken or a file of TLS is missing or wrong
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { services, token, maxMessageBytes = 64 * 2 ** 20, maxStreams = 4096 } = options;
  const credentials = serverCredentials(options.tls);
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": maxStreams,
    interceptors: token === undefined ? [] : [requireToken(token)],
  });
  const stopStreams = new AbortController();
  const stopCalls = new AbortController();
  const host = { stopStreams: stopStreams.signal, stopCalls: stopCalls.signal, onBug: options.onBug };
  for (const service of services) {
    server.addService(service.definition as unknown as GrpcDefinition, implement(service, host));
  }
  const names = ["", ...services.map(({ name }) => name)];
  const health = new HealthImplementation(
    Object.fromEntries(names.map((name) => [name, "SERVING" as const])),
  );
  health.addToServer(server);
  if (options.reflection ?? true) {
    addReflection(
      server,
      services.map(({ name }) => name),
    );
  }
  const setHealth = (state: "SERVING" | "NOT_SERVING") => {
    for (const name of names) health.setStatus(name, state);
  };
  const address = await listen(server, options.listen, credentials);
  let stopping: Promise<void> | undefined;
  return {
    address: formatAddress(address),
    setHealth,
    stop({ graceMs }) {
      stopping ??= (async () => {
        setHealth("NOT_SERVING");
        const reason = new DomainError("unavailable", "the service is stopping; ask again when it is back");
        const drained = new Promise<void>((resolve) => {
          server.tryShutdown(() => {
            resolve();
          });
        });
        stopStreams.abort(reason);
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, graceMs);
        });
        await Promise.race([drained, late]);
        clearTimeout(timer);
        stopCalls.abort(reason);
        server.forceShutdown();
      })();
      return stopping;
    },
  };
}
