import type { SettingsOf, SettingsSchema } from "@worldmodels/config";

/** What every service can be told about its wire; each adds its own. */
export const serverSettings = {
  listen: {
    type: "string",
    default: "127.0.0.1:0",
    doc: "Where to listen: unix:/path/to/socket or host:port; port 0 takes a free one",
  },
  max_message_mb: {
    type: "integer",
    default: 64,
    minimum: 1,
    maximum: 2047,
    doc: "Largest message taken in, MiB",
  },
  max_streams: {
    type: "integer",
    default: 4096,
    minimum: 1,
    maximum: 1_000_000,
    doc: "Most calls of one connection at a time; more wait at the client",
  },
  tls_cert: { type: "string", default: "", doc: "PEM file of the server's certificate; empty for no TLS" },
  tls_key: { type: "string", default: "", doc: "PEM file of the certificate's key" },
  tls_client_ca: {
    type: "string",
    default: "",
    doc: "PEM file of the authority that must have signed clients' certificates (mutual TLS); empty lets any client in",
  },
  clients_file: {
    type: "string",
    default: "",
    doc: "JSON file of who may call: their tokens' digests and limits (worldmodels clients); empty admits everybody",
  },
  reflection: { type: "boolean", default: true, doc: "Tells tools such as grpcurl what may be called" },
  metrics_listen: {
    type: "string",
    default: "",
    doc: "host:port where Prometheus reads metrics, as http://host:port/metrics; port 0 takes a free one; empty serves none",
  },
  grace_ms: {
    type: "integer",
    default: 10_000,
    minimum: 0,
    maximum: 3_600_000,
    doc: "Milliseconds that calls have to finish when the service is told to stop",
  },
  stop_on_stdin_end: {
    type: "boolean",
    default: false,
    doc: "Also stops when standard input ends: a service started by another program then never outlives it",
  },
} as const satisfies SettingsSchema;

export type ServerSettings = SettingsOf<typeof serverSettings>;
