import { DomainError } from "@worldmodels/errors";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createRegistry } from "./metrics-text.js";
import { watchProcess } from "./process-readings.js";

export interface MetricsOptions {
  /** `host:port`, e.g. `127.0.0.1:9464` or `[::1]:0`; port 0 takes a free one. */
  readonly listen: string;
  /** As it is deployed, e.g. `encoder`. */
  readonly service: string;
  readonly version: string;
}

/** Metrics that are served. */
export interface MetricsServer {
  /** Where they are read, e.g. `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the metrics of this process as text, as Prometheus reads it, to anybody who can reach the address.
 *
 * @throws DomainError `invalid-argument` for an address that is none, `failed-precondition` for one that cannot be had
 */
export async function serveMetrics({ listen, ...facts }: MetricsOptions): Promise<MetricsServer> {
  const { host, port } = parseListen(listen);
  const registry = await createRegistry();
  const server = createServer((request, response) => {
    const isAsked = request.url?.split("?")[0] === "/metrics";
    if (!isAsked || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(isAsked ? 405 : 404, { "content-type": "text/plain" });
      response.end("metrics are at GET /metrics\n");
      return;
    }
    readings.refresh();
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await bind(server, host, port, listen);
  const readings = watchProcess(facts);
  // Whoever reads metrics is no reason for the process to stay.
  server.unref();
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}/metrics`,
    close: () =>
      new Promise((resolve) => {
        readings.stop();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const form = /^(\[[0-9a-fA-F:.]+\]|[^:/[\]\s]+):(\d{1,5})$/.exec(listen);
  const port = Number(form?.[2]);
  if (form === null || port > 65_535) {
    throw new DomainError(
      "invalid-argument",
      `metrics_listen = "${listen}" is no address; write host:port with a port from 0 to 65535, e.g. 127.0.0.1:9464`,
    );
  }
  return { host: (form[1] ?? "").replace(/^\[|\]$/g, ""), port };
}

function bind(server: Server, host: string, port: number, listen: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(
        new DomainError("failed-precondition", `metrics_listen = "${listen}" ${explain(cause)}`, { cause }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function explain({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EADDRINUSE":
      return "is in use; stop the process that has it, or choose another port (0 takes a free one)";
    case "EACCES":
      return "is not allowed to this user; choose a port above 1023";
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "names a host that this machine is not; write 127.0.0.1, 0.0.0.0 or an address of this machine";
    default:
      return `cannot be listened at (${message}); choose another address`;
  }
}
