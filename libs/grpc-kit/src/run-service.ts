import type { SettingsOf, SettingsSchema } from "@worldmodels/config";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { logEvent, openEventLog, serveMetrics, startTracing, stopTracing } from "@worldmodels/telemetry";
import { isLocal, parseAddress } from "./address.js";
import { readClients } from "./clients-file.js";
import type { ServerTls } from "./credentials.js";
import { describeService, readServiceSettings } from "./read-service-settings.js";
import { createRefusalLog } from "./refusal-log.js";
import { serverSettings } from "./server-settings.js";
import type { ServerSettings } from "./server-settings.js";
import type { ServedService } from "./service-handlers.js";
import { startServer } from "./start-server.js";
import { readTlsFiles } from "./tls-files.js";

export interface ServiceDescription<S extends SettingsSchema> {
  /** As it is deployed, e.g. `encoder`. */
  readonly name: string;
  readonly version: string;
  /** One sentence for `--help`. */
  readonly about: string;
  /** Its own settings, besides `serverSettings`. */
  readonly settings: S;
  /** Makes what it serves; called once, before it listens. */
  readonly create: (settings: SettingsOf<S>, host: ServiceHost) => Promise<ServiceParts>;
}

/** What a service gets from the process that it runs in. */
export interface ServiceHost {
  /** Writes one event to the log (standard output, JSON). */
  log(event: string, facts?: Readonly<Record<string, unknown>>): void;
}

export interface ServiceParts {
  readonly services: readonly ServedService[];
  /** Called when it listens, e.g. to go on with unfinished jobs. */
  readonly onListening?: () => Promise<void>;
  /** Called after the server has drained. */
  readonly close: () => Promise<void>;
}

/**
 * A service's whole life: settings, start, a log of JSON lines on standard output, drain at SIGTERM or SIGINT, exit code
 * (0 stopped; 1 failed; 2 settings are wrong). To be the only thing that a service's `main.ts` calls.
 */
export async function runService<S extends SettingsSchema>(
  description: ServiceDescription<S>,
): Promise<void> {
  const { name, version, about } = description;
  const schema = { ...serverSettings, ...description.settings };
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    process.stdout.write(describeService(name, about, schema));
    return;
  }
  openEventLog({ service: name });
  const log: ServiceHost["log"] = logEvent;
  // Whoever reads the log may go first; that must not end the service.
  process.stdout.on("error", () => undefined);
  try {
    const settings = readServiceSettings(name, schema, { args, env: process.env });
    log("configuration", { version, node: process.version, pid: process.pid, settings });
    await startTracing({ service: name, version });
    await serveUntilStopped(description, settings as ServerSettings & SettingsOf<S>, log);
  } catch (error) {
    const isUsage = isDomainError(error, "invalid-argument") || isDomainError(error, "not-found");
    log("failed", { error: isDomainError(error) ? error.message : String(error) });
    process.stderr.write(
      isDomainError(error) ? `${name}: ${error.message}\n` : `${name}: ${describeBug(error)}\n`,
    );
    process.exitCode = isUsage ? 2 : 1;
  } finally {
    await stopTracing();
  }
}

async function serveUntilStopped<S extends SettingsSchema>(
  { name, version, create }: ServiceDescription<S>,
  settings: ServerSettings & SettingsOf<S>,
  log: ServiceHost["log"],
): Promise<void> {
  const address = parseAddress(settings.listen, "listen");
  const tls = tlsOf(settings);
  const clientsFile = settings.clients_file === "" ? undefined : settings.clients_file;
  // Found wrong before anything is loaded or taken up; the server reads them again.
  if (tls !== undefined) readTlsFiles({ ...tls, ca: tls.clientCa }, "server");
  if (clientsFile !== undefined) readClients(clientsFile);
  const stopped = stopSignal(settings.stop_on_stdin_end);
  const metrics =
    settings.metrics_listen === ""
      ? undefined
      : await serveMetrics({ listen: settings.metrics_listen, service: name, version });
  if (metrics !== undefined) log("metrics", { url: metrics.url });
  const parts = await create(settings, { log });
  try {
    const server = await startServer({
      listen: address,
      services: parts.services,
      tls,
      clientsFile,
      maxMessageBytes: settings.max_message_mb * 2 ** 20,
      maxStreams: settings.max_streams,
      reflection: settings.reflection,
      onBug: (method, error, caller) => {
        log("bug", { method, ...caller, error: describeBug(error) });
      },
      onNotice: (kind, message) => {
        log(kind, { message });
      },
      onRefused: createRefusalLog((facts) => {
        log("refused", { ...facts });
      }),
    });
    if (!isLocal(address)) {
      for (const message of warnOfOpenDoors(server.address, tls, clientsFile)) log("warning", { message });
    }
    log("listening", { address: server.address, services: parts.services.map((service) => service.name) });
    await parts.onListening?.();
    const signal = await stopped;
    log("stopping", { signal });
    await server.stop({ graceMs: settings.grace_ms });
  } finally {
    await parts.close();
    await metrics?.close();
  }
  log("stopped", { name });
}

/** What is wrong with a door that other machines reach. */
function warnOfOpenDoors(at: string, tls: ServerTls | undefined, clientsFile: string | undefined): string[] {
  if (tls?.clientCa === undefined && clientsFile === undefined) {
    return [`${at} can be reached from other machines by anybody: set clients_file or tls_client_ca`];
  }
  if (tls !== undefined) return [];
  return [
    `${at} can be reached from other machines without TLS, so that tokens can be read on the way: set tls_cert and tls_key`,
  ];
}

function tlsOf(settings: ServerSettings): ServerTls | undefined {
  const { tls_cert: cert, tls_key: key, tls_client_ca: clientCa } = settings;
  if (cert === "" && key === "" && clientCa === "") return undefined;
  if (cert === "" || key === "") {
    throw new DomainError(
      "invalid-argument",
      "TLS needs tls_cert and tls_key; give both, and tls_client_ca for mutual TLS",
    );
  }
  return { cert, key, ...(clientCa !== "" && { clientCa }) };
}

/** Resolves with the first signal to stop, or the end of standard input; a second signal ends the process at once. */
function stopSignal(onStdinEnd: boolean): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.on(name, () => {
        if (isStopping) process.exit(130);
        isStopping = true;
        resolve(name);
      });
    }
    if (onStdinEnd) {
      process.stdin.once("close", () => {
        isStopping = true;
        resolve("end of standard input");
      });
      process.stdin.resume();
      // What may still come is no reason to stay once all else is over; a file as standard input has no `unref`.
      if ("unref" in process.stdin) process.stdin.unref();
    }
  });
}

function describeBug(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
