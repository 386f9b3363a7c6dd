import { ServerInterceptingCall } from "@grpc/grpc-js";
import type { Metadata, ServerInterceptor } from "@grpc/grpc-js";
import { isDomainError } from "@worldmodels/errors";
import type { CallQuota } from "./call-quota.js";
import { methodTelemetry } from "./call-telemetry.js";
import type { ClientsFile } from "./clients-file.js";
import { identify, rememberCaller } from "./identify.js";
import type { Caller, Credentials } from "./identify.js";
import type { Refusal } from "./refusal-log.js";
import { toStatus } from "./status.js";

/** Anybody may ask whether a service is well: those who watch over it have no secrets. */
const OPEN = "/grpc.health.v1.Health/";

type ServerCall = Parameters<ServerInterceptor>[1];

/** The door of a server. */
export interface Admission {
  /** Refuses calls of unknown callers and calls over a limit before their message is read; health checks are free. */
  readonly interceptor: ServerInterceptor;
  /** Ends the calls of those who may not call any more. */
  recheck(): void;
}

export interface AdmissionOptions {
  /** Who may call, as it stands; undefined where everybody may. */
  readonly clients: () => ClientsFile | undefined;
  readonly quota: CallQuota;
  readonly onRefused: (refusal: Refusal) => void;
  readonly onBug: (method: string, error: unknown) => void;
}

export function admitCalls({ clients, quota, onRefused, onBug }: AdmissionOptions): Admission {
  const live = new Map<ServerCall, { readonly shown: Credentials; readonly path: string }>();
  /** @returns the status that the caller gets */
  const refuse = (call: ServerCall, method: string, error: unknown, caller?: Caller) => {
    if (isDomainError(error)) {
      const { code, message: reason } = error;
      onRefused({ method, peer: call.getPeer(), identity: caller?.identity, code, reason });
    }
    // Whatever else is thrown here is a bug, which lets nobody in.
    const status = toStatus(error, (bug) => onBug(method, bug));
    call.sendStatus(status);
    return status.code;
  };
  const interceptor: ServerInterceptor = ({ path, requestStream, responseStream }, call) => {
    let release: () => void = () => undefined;
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, pass) => {
            if (!path.startsWith(OPEN)) {
              const shown = credentialsOf(call, metadata);
              let caller: Caller | undefined;
              try {
                caller = identify(clients(), shown);
                if (caller !== undefined) release = quota.begin(caller, requestStream || responseStream);
              } catch (error) {
                methodTelemetry(path)
                  .begin(metadata)
                  .end(refuse(call, path, error, caller));
                return;
              }
              if (caller !== undefined) rememberCaller(metadata, caller);
              live.set(call, { shown, path });
            }
            pass(metadata);
          },
          // What grpc-js calls so is every end of a call.
          onCancel: () => {
            release();
            live.delete(call);
          },
        });
      },
    });
  };
  return {
    interceptor,
    recheck() {
      for (const [call, { shown, path }] of live) {
        try {
          identify(clients(), shown);
        } catch (error) {
          refuse(call, path, error);
        }
      }
    },
  };
}

function credentialsOf(call: ServerCall, metadata: Metadata): Credentials {
  const [authorization] = metadata.get("authorization");
  const { sslPeerCertificate } = call.getAuthContext();
  const commonName: unknown = sslPeerCertificate?.subject.CN;
  return {
    authorization: authorization?.toString(),
    commonName: typeof commonName === "string" && commonName !== "" ? commonName : undefined,
  };
}
