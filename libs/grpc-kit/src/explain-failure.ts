import { status as Status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import type { ClientTls } from "./credentials.js";
import { describeOwnCertificate } from "./own-certificate.js";
import { fromStatus } from "./status.js";

/**
 * What a call failed with, as an error of this side.
 *
 * @param tls what this client speaks TLS with; undefined: it speaks none
 */
export function explainFailure(error: unknown, address: string, tls: ClientTls | undefined): unknown {
  if (!isServiceError(error)) return error;
  const from = `the service at ${address}`;
  const { code, details } = error;
  const why = code === Status.UNAVAILABLE ? explainTls(details, tls) : undefined;
  if (why === undefined) return fromStatus(code, details, from);
  return new DomainError("unavailable", `${from} ${why}`, { cause: error });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && typeof (error as ServiceError).code === "number";
}

/** What grpc-js says when a server ends the connection right after the handshake, which is how it refuses a certificate. */
const TURNED_AWAY = /Failed to connect|Connection dropped|ECONNRESET|socket hang up|Socket closed|EPIPE/;

/** What went wrong with TLS, which at one end alone looks like little from here; undefined where it is something else. */
function explainTls(details: string, tls: ClientTls | undefined): string | undefined {
  const unreached = (why: string) => `cannot be reached (${why})`;
  if (tls === undefined) {
    return /Failed to connect|Protocol error|ERR_HTTP2/i.test(details)
      ? unreached(
          "it closed the connection at once; if it asks for TLS, give this client a certificate authority",
        )
      : undefined;
  }
  if (/wrong version number|packet length too long|EPROTO/i.test(details)) {
    return unreached("it does not speak TLS, and this client does");
  }
  if (/alert certificate required/.test(details)) {
    return unreached(
      "it asks for clients' certificates; give one that its authority has signed and that is valid by its clock",
    );
  }
  const why = explainServersCertificate(details, tls);
  if (why !== undefined) return unreached(why);
  if (!TURNED_AWAY.test(details)) return undefined;
  const own = describeOwnCertificate(tls);
  if (own.isTheReason || details.includes("Failed to connect")) {
    return unreached(`it closed the connection at once; ${own.sentence}`);
  }
  // It may as well have crashed in the middle of the call.
  return `broke the connection off; ${own.sentence}`;
}

/** Why this client has turned the server's certificate down; undefined where it has not. */
function explainServersCertificate(details: string, { ca }: ClientTls): string | undefined {
  const names = /Hostname\/IP does not match certificate's altnames: (.*?)(?:\n|Resolution note|$)/.exec(
    details,
  );
  if (names !== null) {
    return `its certificate is for other names: ${(names[1] ?? "").trim()} Call it by one of them, or make it a certificate with --alt-name`;
  }
  if (/certificate has expired|CERT_HAS_EXPIRED/.test(details)) {
    return "its certificate, or that of its authority, has expired; have it renewed";
  }
  if (/certificate is not yet valid|CERT_NOT_YET_VALID/.test(details)) {
    return "its certificate is not yet valid; is the clock of this machine right?";
  }
  if (/unable to verify|self.signed certificate|unable to get (local )?issuer|UNABLE_TO/i.test(details)) {
    const known = ca === undefined ? "the system's list" : ca;
    return `its certificate was signed by no authority that this client knows (${known}); give it the authority of that service`;
  }
  return undefined;
}
