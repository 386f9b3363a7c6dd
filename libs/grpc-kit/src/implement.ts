import { status as Status } from "@grpc/grpc-js";
import type {
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition as GrpcDefinition,
  UntypedServiceImplementation,
  sendUnaryData,
} from "@grpc/grpc-js";
import { isDomainError } from "@worldmodels/errors";
import type { CallContext, Caller } from "./call-context.js";
import { openContext } from "./call-signal.js";
import type { WritingCall } from "./call-signal.js";
import { methodTelemetry } from "./call-telemetry.js";
import type { InFlight } from "./in-flight.js";
import type { MethodDefinition, ServedService } from "./service-handlers.js";
import { toStatus } from "./status.js";
import { orAborted, untilAborted } from "./until-aborted.js";
import { decoded, guardMethod } from "./wire-guard.js";

type Unary = (request: unknown, context: CallContext) => Promise<unknown>;
type Streaming = (input: unknown, context: CallContext) => AsyncIterable<unknown>;

/** What calls need to know of the server that they run in. */
export interface CallHost {
  /** Aborted when streams have to end because the server stops. */
  readonly stopStreams: AbortSignal;
  /** Aborted when even unary calls have to end. */
  readonly stopCalls: AbortSignal;
  readonly inFlight: InFlight;
  readonly onBug: (method: string, error: unknown, caller?: Caller) => void;
}

/** What grpc-js is given of one service. */
export interface Implementation {
  readonly definition: GrpcDefinition;
  readonly handlers: UntypedServiceImplementation;
}

/**
 * Turns async handlers into what grpc-js calls: the only place that knows its callbacks. A handler's error becomes a status,
 * its stream is written no faster than the reader reads, and it ends when the caller goes.
 */
export function implement(service: ServedService, host: CallHost): Implementation {
  const entries = Object.entries(service.definition).map(([name, method]) => {
    const handler = service.handlers[name];
    const onBug = (error: unknown, caller?: Caller) => {
      try {
        host.onBug(method.path, error, caller);
      } catch {
        // A log that fails must not end the process, and there is nobody else to tell.
      }
    };
    if (method.requestStream && !method.responseStream) {
      throw new Error(`${method.path}: a stream of requests with one response is not supported`);
    }
    const call = method.responseStream
      ? streamingCall(handler as Streaming, method, host, onBug)
      : unaryCall(handler as Unary, method, host, onBug);
    return { name, call, method: guardMethod(method, onBug) };
  });
  return {
    definition: Object.fromEntries(entries.map(({ name, method }) => [name, method])),
    handlers: Object.fromEntries(entries.map(({ name, call }) => [name, call])),
  };
}

type OnBug = (error: unknown, caller?: Caller) => void;

function unaryCall(handler: Unary, { path }: MethodDefinition, host: CallHost, report: OnBug) {
  const telemetry = methodTelemetry(path);
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
    const record = telemetry.begin(call.metadata);
    record.span.run(() => {
      const { context, dispose } = openContext(call, host.stopCalls);
      const { signal } = context;
      const onBug = bugsOf(context, report);
      // In an async function even what a handler throws at once is a rejection.
      const work = (async () => handler(decoded(call.request), context))();
      host.inFlight.begin(work);
      const done = () => {
        host.inFlight.end(work);
      };
      work.then(done, done);
      orAborted(work, signal, lateBugs(signal, onBug))
        .then(
          (response) => {
            record.end(Status.OK);
            callback(null, response);
          },
          (error: unknown) => {
            const status = toStatus(causeOf(error, signal), onBug);
            record.end(status.code, error);
            callback(status);
          },
        )
        .catch(onBug)
        .finally(dispose);
    });
  };
}

function streamingCall(
  handler: Streaming,
  { path, requestStream }: MethodDefinition,
  host: CallHost,
  report: OnBug,
) {
  const telemetry = methodTelemetry(path);
  return (call: WritingCall) => {
    const record = telemetry.begin(call.metadata);
    const answer = async () => {
      const { context, dispose } = openContext(call, host.stopStreams);
      const { signal } = context;
      const onBug = bugsOf(context, report);
      const onLate = lateBugs(signal, onBug);
      const done = () => {
        host.inFlight.end(call);
      };
      // What breaks a stream shows in the signal; an error without a listener would end the process.
      call.on("error", () => undefined);
      host.inFlight.begin(call);
      try {
        const input = requestStream
          ? requestsOf(call as ServerDuplexStream<unknown, unknown>, signal)
          : decoded((call as ServerWritableStream<unknown, unknown>).request);
        const responses = handler(input, context)[Symbol.asyncIterator]();
        for await (const response of untilAborted(responses, signal, onLate, done)) {
          await written(call, response, signal);
        }
        record.end(Status.OK);
        call.end();
      } catch (error) {
        // Where it is a handler that throws instead of giving a stream, there is no stream that could tell its end.
        if (!signal.aborted) done();
        const status = toStatus(causeOf(error, signal), onBug);
        record.end(status.code, error);
        call.emit("error", { ...status, metadata: undefined });
      } finally {
        dispose();
      }
    };
    record.span.run(answer).catch(report);
  };
}

/** Reports bugs with who called. */
function bugsOf({ identity, run }: CallContext, report: OnBug): (error: unknown) => void {
  return (error) => {
    report(error, { identity, run });
  };
}

/**
 * Resolves when a response has gone out. Waiting for `drain` instead would let 16 responses pile up, whatever their size, and
 * would keep those that are written from going out while the handler makes the next without a pause.
 */
function written(call: WritingCall, response: unknown, signal: AbortSignal): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    call.write(response, () => {
      resolve();
    });
  });
  return orAborted(gone, signal, () => undefined);
}

/** The requests of a call, to be read once; a handler may leave off reading, and goes on writing. */
async function* requestsOf(
  call: ServerDuplexStream<unknown, unknown>,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, void> {
  const ignore = () => undefined;
  // Reading to the end must not close what is written to.
  const source = call.iterator({ destroyOnReturn: false });
  for await (const request of untilAborted(source, signal, ignore, ignore)) yield decoded(request);
  // A call that its caller breaks off shows as an end of its requests first, and as what it is a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}

/** Where the call was ended from outside, that is the cause of what its handler threw, unless it is a bug that shows then. */
function causeOf(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted && (error === signal.reason || isEnding(error)) ? signal.reason : error;
}

/** Reports what a handler throws after its call has ended, where that is more than the news of the end. */
function lateBugs(signal: AbortSignal, onBug: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    if (error !== signal.reason && !isEnding(error)) onBug(error);
  };
}

/** Whether it is what waiting for something throws when a call ends. */
function isEnding(error: unknown): boolean {
  if (isDomainError(error)) return true;
  return (
    error instanceof Error &&
    (error.name === "AbortError" ||
      /^ERR_STREAM_|^ABORT_ERR$/.test(String((error as NodeJS.ErrnoException).code)))
  );
}
