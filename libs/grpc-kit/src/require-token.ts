import { Metadata, ServerInterceptingCall, status as Status } from "@grpc/grpc-js";
import type { ServerInterceptor } from "@grpc/grpc-js";
import { createHash, timingSafeEqual } from "node:crypto";

/** Anybody may ask whether a service is well: those who watch over it have no secrets. */
const OPEN = "/grpc.health.v1.Health/";

/** Refuses calls that do not bring `authorization: Bearer TOKEN`, health checks apart. */
export function requireToken(token: string): ServerInterceptor {
  const expected = digest(`Bearer ${token}`);
  return (method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, pass) => {
            const [given] = metadata.get("authorization");
            const isRight =
              method.path.startsWith(OPEN) || timingSafeEqual(digest(String(given ?? "")), expected);
            if (isRight) {
              pass(metadata);
              return;
            }
            const details =
              given === undefined
                ? "this service asks for a token; send metadata authorization: Bearer TOKEN"
                : "the token is not the one that this service has";
            call.sendStatus({ code: Status.UNAUTHENTICATED, details, metadata: new Metadata() });
          },
        });
      },
    });
}

/** Digests have one length, so that comparing them takes one time. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
