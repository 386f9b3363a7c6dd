import { DomainError } from "@worldmodels/errors";

/** Where a service listens or is reached: a unix socket of this machine, or a host and port. */
export type Address =
  | { readonly type: "unix"; readonly path: string }
  | { readonly type: "tcp"; readonly host: string; readonly port: number };

/** The kernel's limit for a socket's path, less the final zero. */
const LONGEST_SOCKET_PATH = 107;

/**
 * Reads `unix:/run/encoder.sock`, `127.0.0.1:50051`, `[::1]:50051`, `encoder:50051` or a grpc-js target such as
 * `dns:///encoder:50051`, whose balancing is left to grpc-js.
 *
 * @param what names the setting in error sentences
 * @throws DomainError `invalid-argument`
 */
export function parseAddress(text: string, what: string): Address {
  const fail = (why: string) =>
    new DomainError(
      "invalid-argument",
      `${what} = "${text}" ${why}; write unix:/path/to/socket or host:port, e.g. 127.0.0.1:50051`,
    );
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
    if (path === "") throw fail("names no socket");
    const bytes = Buffer.byteLength(path);
    if (bytes > LONGEST_SOCKET_PATH) {
      throw fail(
        `is a path of ${bytes} bytes, and sockets allow ${LONGEST_SOCKET_PATH}: choose a shorter one`,
      );
    }
    return { type: "unix", path };
  }
  const form = /^(?:(?:dns|ipv4):(?:\/\/[^/]*\/)?)?(\[[0-9a-fA-F:.]+\]|[^:/[\]\s]+):(\d{1,5})$/.exec(text);
  const port = Number(form?.[2]);
  if (form === null || port > 65_535) throw fail("is no address");
  return { type: "tcp", host: (form[1] ?? "").replace(/^\[|\]$/g, ""), port };
}

/** The address as people write it and `parseAddress` reads it. */
export function formatAddress(address: Address): string {
  if (address.type === "unix") return `unix:${address.path}`;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

/** Whether only this machine can reach it. */
export function isLocal(address: Address): boolean {
  return address.type === "unix" || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(address.host);
}
