import { logVerbosity, Server, setLogVerbosity } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import { admitCalls } from "./admit-calls.js";
import { formatAddress } from "./address.js";
import type { Address } from "./address.js";
import type { Caller } from "./call-context.js";
import { CallQuota } from "./call-quota.js";
import { readClients } from "./clients-file.js";
import type { ClientsFile } from "./clients-file.js";
import { serverCredentials } from "./credentials.js";
import type { ServerTls } from "./credentials.js";
import { createHealth } from "./health.js";
import type { HealthState } from "./health.js";
import { implement } from "./implement.js";
import { InFlight } from "./in-flight.js";
import { listen } from "./listen.js";
import { addReflection } from "./reflection.js";
import type { Refusal } from "./refusal-log.js";
import type { ServedService } from "./service-handlers.js";
import { LOOK_EVERY_MS, watchFiles } from "./watch-files.js";
import type { WatchedFiles } from "./watch-files.js";
import type { OnNotice } from "./wire-notice.js";

export interface ServerOptions {
  readonly listen: Address;
  readonly services: readonly ServedService[];
  readonly tls?: ServerTls | undefined;
  /** File of who may call and how much (`parseClients`); everybody where it is left out. Followed while the server runs. */
  readonly clientsFile?: string | undefined;
  /** How often files of TLS and clients are looked at, milliseconds; default 2000. */
  readonly reloadEveryMs?: number;
  /** Largest message taken in, bytes; default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** Most calls of one connection at a time; more wait at the client. Default 4096. */
  readonly maxStreams?: number;
  /** Default true. */
  readonly reflection?: boolean;
  /** Told of everything thrown that is no DomainError. */
  readonly onBug: (method: string, error: unknown, caller?: Caller) => void;
  /** Told of new certificates and clients in force, and of what needs care. */
  readonly onNotice?: OnNotice;
  /** Told of every call of an unknown or refused caller, and of every one above a limit. */
  readonly onRefused?: (refusal: Refusal) => void;
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
 * @throws DomainError where the address is taken or a file of TLS or clients is missing or wrong
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { services, maxMessageBytes = 64 * 2 ** 20, maxStreams = 4096 } = options;
  const credentials = serverCredentials(options.tls, options);
  const clients = followClients(options, () => {
    admission.recheck();
  });
  const admission = admitCalls({
    clients: () => clients?.value(),
    quota: new CallQuota(),
    onRefused: options.onRefused ?? (() => undefined),
    onBug: options.onBug,
  });
  // What it would print on standard error, errors and the log say, too. GRPC_VERBOSITY turns it on.
  if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": maxStreams,
    interceptors: [admission.interceptor],
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
  clients?.start();
  let stopping: Promise<void> | undefined;
  return {
    address: formatAddress(address),
    setHealth: health.set,
    stop({ graceMs }) {
      stopping ??= (async () => {
        clients?.stop();
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

/** The clients file, which may change; one that cannot be used leaves what was read before in force. */
function followClients(
  { clientsFile: path, reloadEveryMs: everyMs = LOOK_EVERY_MS, onNotice = () => undefined }: ServerOptions,
  onChange: () => void,
): WatchedFiles<ClientsFile> | undefined {
  if (path === undefined) return undefined;
  return watchFiles({
    paths: [path],
    read: () => readClients(path),
    onChange: () => {
      onNotice("reloaded", `calls are admitted as the clients file ${path} now says`);
      onChange();
    },
    onBad: (error) => {
      onNotice("warning", `who may call stays as it was: ${(error as Error).message}`);
    },
    everyMs,
  });
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
