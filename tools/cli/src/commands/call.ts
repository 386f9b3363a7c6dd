import { callByReflection, connect, listByReflection, readToken } from "@worldmodels/grpc-kit";
import type { Json } from "@worldmodels/grpc-kit";
import { Command } from "commander";
import { abortOnSignals } from "../abort-on-signals.js";
import { parseJsonText, parsePath, wholeNumber } from "../parse-options.js";

interface CallOptions {
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tokenFile?: string;
  readonly timeout: number;
}

/** `worldmodels call ADDRESS METHOD JSON`: any call of any service, known from the service itself. */
export function callCommand(): Command {
  return new Command("call")
    .summary("call a service with plain JSON; without a method, list what it has")
    .description(
      "Asks the service itself what can be called, so that it works for every version, and for other gRPC services\n" +
        "with reflection. Bytes are base64, 64-bit numbers text; streams of responses are one JSON object a line.",
    )
    .argument("<address>", "unix:/path/to/socket or host:port")
    .argument("[method]", "e.g. JobService/ListJobs")
    .argument("[request]", "JSON object; for a stream of requests a JSON array", "{}")
    .option("--timeout <seconds>", "gives up after this", wholeNumber(1), 30)
    .option("--tls-ca <file>", "PEM file of the authority that signed the service's certificate", parsePath)
    .option("--tls-cert <file>", "PEM file of this client's certificate", parsePath)
    .option("--tls-key <file>", "PEM file of its key", parsePath)
    .option("--token-file <file>", "file of the token that the service asks for", parsePath)
    .action(async (address: string, method: string | undefined, text: string, options: CallOptions) => {
      const request = parseJsonText(text, "the request") as Json;
      const { tlsCa: ca, tlsCert: cert, tlsKey: key } = options;
      const files = {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
      };
      const connection = connect(address, {
        tls: Object.keys(files).length > 0 ? files : undefined,
        token: options.tokenFile === undefined ? undefined : readToken(options.tokenFile),
      });
      const { signal, dispose } = abortOnSignals(() => undefined);
      const deadlineMs = options.timeout * 1000;
      try {
        if (method === undefined) {
          console.log(JSON.stringify(await listByReflection(connection, { deadlineMs, signal }), null, 2));
          return;
        }
        for await (const response of callByReflection(connection, method, request, { deadlineMs, signal })) {
          console.log(JSON.stringify(response));
        }
      } finally {
        dispose();
        connection.close();
      }
    });
}
