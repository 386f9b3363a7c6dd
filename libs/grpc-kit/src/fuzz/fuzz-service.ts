import { DomainError, isDomainError } from "@worldmodels/errors";
import { descriptorSetUrl } from "@worldmodels/proto";
import { createRng } from "@worldmodels/rng";
import type { Rng } from "@worldmodels/rng";
import { readFileSync } from "node:fs";
import type { Root, Type } from "protobufjs";
import { checkHealth } from "../check-health.js";
import type { Connection } from "../connect.js";
import { decodeFiles, linkedRoot } from "../linked-root.js";
import type { MethodDefinition, RequestOf, ServiceDefinition } from "../service-handlers.js";
import { nextRequest } from "./random-requests.js";
import type { FuzzedRequest } from "./random-requests.js";

export interface FuzzOptions<S> {
  /** Fixes every byte that is sent. */
  readonly seed: number;
  /** Which methods; default all. */
  readonly methods?: readonly (keyof S)[];
  /** Default 100. */
  readonly callsPerMethod?: number;
  /** Milliseconds for each call; default 500. A call that takes longer is no bug. */
  readonly deadlineMs?: number;
  /** Requests that the service takes, which the fuzz then varies: without them it seldom gets past the first checks. */
  readonly examples?: { readonly [K in keyof S]?: readonly RequestOf<S[K]>[] };
}

/** A call after which something was wrong with the service. */
export interface FuzzBug {
  /** As in `/worldmodels.encoder.v1.EncoderService/Encode`. */
  readonly method: string;
  /** What was sent and how it came about; the bytes in base64. */
  readonly requests: readonly { readonly kind: string; readonly base64: string }[];
  /** What the caller was told. */
  readonly told: string;
}

export interface FuzzReport {
  readonly calls: number;
  /** How often a method ended in which way: `ok`, a DomainError's code, or `bug`. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly bugs: readonly FuzzBug[];
  /** Whether it was still serving at the end; it is a bug where it was not. */
  readonly isHealthy: boolean;
}

/** Enough of an endless stream. */
const MOST_RESPONSES = 20;

/**
 * Sends a service of the contracts what no proper client would send, one call after another, and reports how it took it. A
 * service that is right answers with a response or a DomainError's status, and is alive afterwards.
 */
export async function fuzzService<S extends object>(
  connection: Connection,
  definition: S,
  options: FuzzOptions<S>,
): Promise<FuzzReport> {
  const { seed, callsPerMethod = 100, deadlineMs = 500, examples = {} } = options;
  const rng = createRng(seed);
  const root = linkedRoot(decodeFiles(readFileSync(descriptorSetUrl)));
  const outcomes: Record<string, Record<string, number>> = {};
  const bugs: FuzzBug[] = [];
  let calls = 0;
  const report = async (): Promise<FuzzReport> => ({
    calls,
    outcomes,
    bugs,
    isHealthy: await isServing(connection),
  });
  for (const [name, typed] of Object.entries(definition as unknown as ServiceDefinition)) {
    if (options.methods?.includes(name as keyof S) === false) continue;
    const method = typed as unknown as MethodDefinition<unknown>;
    const counts: Record<string, number> = (outcomes[name] = {});
    const type = requestTypeOf(root, method.path);
    const given = (examples as Readonly<Record<string, readonly unknown[] | undefined>>)[name] ?? [];
    const encoded = given.map((example) => method.requestSerialize(example));
    for (let n = 0; n < callsPerMethod; n++) {
      const requests = requestsFor(method, type, encoded, rng);
      const { outcome, told } = await attempt(connection, method, requests, deadlineMs);
      calls++;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      const isGone = outcome === "unavailable" && !(await isServing(connection));
      if (outcome !== "bug" && !isGone) continue;
      const sent = requests.map(({ kind, bytes }) => ({ kind, base64: bytes.toString("base64") }));
      bugs.push({ method: method.path, requests: sent, told });
      if (isGone) return report();
    }
  }
  return report();
}

/** The report's bugs as text for people; empty where all is well. */
export function describeBugs({ bugs, isHealthy }: FuzzReport): string {
  const lines = bugs.map(
    ({ method, requests, told }) =>
      `${method}: ${told}\n${requests.map(({ kind, base64 }) => `  ${kind}: ${base64}`).join("\n")}`,
  );
  return [...lines, ...(isHealthy ? [] : ["the service was not serving at the end"])].join("\n");
}

function requestTypeOf(root: Root, path: string): Type {
  const [, service = "", name = ""] = path.split("/");
  const type = root.lookupService(service).methods[name]?.resolvedRequestType;
  if (!type) throw new Error(`${path} is no method of the contracts`);
  return type;
}

function requestsFor(
  method: MethodDefinition<unknown>,
  type: Type,
  examples: readonly Buffer[],
  rng: Rng,
): readonly FuzzedRequest[] {
  if (!method.requestStream) return [nextRequest(type, examples, rng)];
  // Whole examples first, in order, so that what comes then meets a session that has begun.
  const whole = examples
    .slice(0, rng.integers(examples.length + 1))
    .map((bytes) => ({ kind: "an example", bytes }));
  const fuzzed = Array.from({ length: 1 + rng.integers(4) }, () => nextRequest(type, examples, rng));
  return [...whole, ...fuzzed];
}

async function attempt(
  connection: Connection,
  { path, requestStream, responseStream, responseDeserialize }: MethodDefinition<unknown>,
  requests: readonly FuzzedRequest[],
  deadlineMs: number,
): Promise<{ readonly outcome: string; readonly told: string }> {
  const raw: MethodDefinition<Buffer> = {
    path,
    requestStream,
    responseStream,
    requestSerialize: (bytes) => bytes,
    requestDeserialize: (bytes) => bytes,
    responseSerialize: () => Buffer.alloc(0),
    // As the real client: a response that it cannot read is a bug, too.
    responseDeserialize,
  };
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new DomainError("deadline-exceeded", `no end within ${deadlineMs} ms`));
  }, deadlineMs);
  const { signal } = limit;
  const [first] = requests;
  try {
    if (requestStream) await converse(connection, raw, requests, signal);
    else if (responseStream)
      await drain(connection.serverStream(raw, first?.bytes ?? Buffer.alloc(0), { signal }));
    else await connection.unary(raw, first?.bytes ?? Buffer.alloc(0), { deadlineMs, signal });
    return { outcome: "ok", told: "ok" };
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    return { outcome: isDomainError(error) ? error.code : "bug", told };
  } finally {
    clearTimeout(timer);
  }
}

async function converse(
  connection: Connection,
  raw: MethodDefinition<Buffer>,
  requests: readonly FuzzedRequest[],
  signal: AbortSignal,
): Promise<void> {
  const call = connection.duplex(raw, { signal });
  const sending = (async () => {
    for (const { bytes } of requests) await call.send(bytes);
    call.end();
  })();
  try {
    await drain(call.responses);
  } finally {
    call.cancel();
    await sending;
  }
}

async function drain(responses: AsyncIterable<unknown>): Promise<void> {
  let count = 0;
  for await (const _response of responses) if (++count >= MOST_RESPONSES) return;
}

async function isServing(connection: Connection): Promise<boolean> {
  try {
    return (await checkHealth(connection, { deadlineMs: 5000 })) === "SERVING";
  } catch {
    return false;
  }
}
