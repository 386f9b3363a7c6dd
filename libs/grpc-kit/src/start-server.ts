import { logVerbosity, Server, setLogVerbosity } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import { formatAddress } from "./address.js";
import type { Address } from "./address.js";
import { serverCredentials } from "./credentials.js";
import type { ServerTls } from "./credentials.js";
import { createHealth } from "./health.js";
import type { HealthState } from "./health.js";
import { implement } from "./implement.js";
import { InFlight } from "./in-flight.js";
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

/** How long answers may take to leave a server whose handlers have ended. */
const LAST_WORDS_MS = 500;

/** A server that listens. */
export interface RunningServer {
  /** As clients write it; with the port that was free where 0 was asked for. */
  readonly address: string;
  /** What health checks answer for every service from now on; SERVING from the start. */
  setHealth(state: HealthState): void;
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
  // What it would print on standard error, errors and the log say, too. GRPC_VERBOSITY turns it on.
  if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": maxStreams,
    interceptors: token === undefined ? [] : [requireToken(token)],
  });
  const stopStreams = new AbortController();
  const stopCalls = new AbortController();
  const inFlight = new InFlight();
  const host = {
    stopStreams: stopStreams.signal,
    stopCalls: stopCalls.signal,
    inFlight,
    onBug: options.onBug,
  };
  const names = services.map(({ name }) => name);
  const health = createHealth(names);
  for (const service of [...services, health.served]) {
    const { definition, handlers } = implement(service, host);
    server.addService(definition, handlers);
  }
  if (options.reflection ?? true) addReflection(server, names);
  const address = await listen(server, options.listen, credentials);
  let stopping: Promise<void> | undefined;
  return {
    address: formatAddress(address),
    setHealth: health.set,
    stop({ graceMs }) {
      stopping ??= (async () => {
        health.set("NOT_SERVING");
        const reason = new DomainError("unavailable", "the service is stopping; ask again when it is back");
        const closed = new Promise<void>((resolve) => {
          server.tryShutdown(() => {
            resolve();
          });
        });
        // Those who watch health hear of it before their streams end, too.
        await new Promise((resolve) => setImmediate(resolve));
        stopStreams.abort(reason);
        await within(graceMs, inFlight.idle());
        stopCalls.abort(reason);
        // Answers that were just given are still on their way out.
        await within(LAST_WORDS_MS, closed);
        server.forceShutdown();
      })();
      return stopping;
    },
  };
}

/** Waits for the work, but no longer than so many milliseconds. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
