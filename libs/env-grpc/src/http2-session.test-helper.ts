import { connect } from "node:http2";
import { createConnection } from "node:net";
import { InteractRequest, InteractResponse } from "@worldmodels/proto/env";
import { requestOf } from "./raw-session.test-helper.js";
import type { Request } from "./raw-session.test-helper.js";

/**
 * A session without grpc-js, whose client reads some messages ahead whether anybody wants them or not: this one takes
 * nothing from the wire until it is told to, and its window is HTTP/2's own of 64 kB.
 */
export function unreadSession(address: string) {
  const path = address.slice("unix:".length);
  const http2 = connect("http://localhost", { createConnection: () => createConnection(path) });
  const stream = http2.request({
    ":method": "POST",
    ":path": "/worldmodels.env.v1.EnvService/Interact",
    "content-type": "application/grpc",
    te: "trailers",
  });
  return {
    send(request: Request): void {
      const bytes = InteractRequest.encode(requestOf(request)).finish();
      const head = Buffer.alloc(5);
      head.writeUInt32BE(bytes.length, 1);
      stream.write(Buffer.concat([head, bytes]));
    },
    /** Reads from now on, until so many responses are there. */
    async read(count: number): Promise<InteractResponse["response"][]> {
      const responses: InteractResponse["response"][] = [];
      let rest = Buffer.alloc(0);
      for await (const chunk of stream) {
        rest = Buffer.concat([rest, chunk as Buffer]);
        while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
          const end = 5 + rest.readUInt32BE(1);
          responses.push(InteractResponse.decode(rest.subarray(5, end)).response);
          rest = rest.subarray(end);
        }
        if (responses.length >= count) break;
      }
      return responses;
    },
    close() {
      stream.destroy();
      http2.destroy();
    },
  };
}
