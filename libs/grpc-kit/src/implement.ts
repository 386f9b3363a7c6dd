import type {
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
  sendUnaryData,
} from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import { once } from "node:events";
import type { EventEmitter } from "node:events";
import type { CallContext } from "./call-context.js";
import type { ServedService } from "./service-handlers.js";
import { toStatus } from "./status.js";

type Unary = (request: unknown, context: CallContext) => Promise<unknown>;
type Streaming = (input: unknown, context: CallContext) => AsyncIterable<unknown>;
type WritingCall = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;

/** What calls need to know of the server that they run in. */
export interface CallHost {
  /** Aborted when streams have to end because the server stops. */
  readonly stopStreams: AbortSignal;
  /** Aborted when even unary calls have to end. */
  readonly stopCalls: AbortSignal;
  readonly onBug: (method: string, error: unknown) => void;
}

/**
 * Turns async handlers into what grpc-js calls: the only place that knows its callbacks. A handler's error becomes a status,
 * its stream is written no faster than the reader reads, and it ends when the caller goes.
 */
export function implement(service: ServedService, host: CallHost): UntypedServiceImplementation {
  const entries = Object.entries(service.definition).map(([name, method]) => {
    const handler = service.handlers[name];
    const onBug = (error: unknown) => {
      host.onBug(method.path, error);
    };
    if (method.requestStream && !method.responseStream) {
      throw new Error(`${method.path}: a stream of requests with one response is not supported`);
    }
    if (!method.responseStream) return [name, unaryCall(handler as Unary, host.stopCalls, onBug)];
    return [
      name,
      (call: WritingCall) => {
        const input = method.requestStream ? call : (call as ServerWritableStream<unknown, unknown>).request;
        void streamingCall(call, input, handler as Streaming, host.stopStreams, onBug);
      },
    ];
  });
  return Object.fromEntries(entries) as UntypedServiceImplementation;
}

function unaryCall(handler: Unary, stop: AbortSignal, onBug: (error: unknown) => void) {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
    const { context, dispose } = contextOf(call, stop);
    handler(call.request, context)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(toStatus(error, onBug));
        },
      )
      .finally(dispose);
  };
}

async function streamingCall(
  call: WritingCall,
  input: unknown,
  handler: Streaming,
  stop: AbortSignal,
  onBug: (error: unknown) => void,
): Promise<void> {
  const { context, dispose } = contextOf(call, stop);
  // What breaks a stream shows in the signal; an error without a listener would end the process.
  call.on("error", () => undefined);
  try {
    for await (const response of handler(input, context)) {
      context.signal.throwIfAborted();
      if (!call.write(response)) await once(call, "drain", { signal: context.signal });
    }
    call.end();
  } catch (error) {
    const reason: unknown = context.signal.aborted ? context.signal.reason : error;
    call.emit("error", { ...toStatus(reason, onBug), metadata: undefined });
  } finally {
    dispose();
  }
}

/** The call's context; `dispose` takes it off the server's signal. */
function contextOf(
  call: ServerUnaryCall<unknown, unknown> | WritingCall,
  stop: AbortSignal,
): { readonly context: CallContext; readonly dispose: () => void } {
  const abort = new AbortController();
  const onStop = () => {
    abort.abort(stop.reason);
  };
  const deadline = call.getDeadline();
  const deadlineMs = deadline instanceof Date ? deadline.getTime() : deadline;
  (call as EventEmitter).on("cancelled", () => {
    const late = Date.now() >= deadlineMs;
    abort.abort(
      late
        ? new DomainError("deadline-exceeded", "the call's deadline passed before it was answered")
        : new DomainError("cancelled", "the caller ended the call"),
    );
  });
  if (stop.aborted) onStop();
  else stop.addEventListener("abort", onStop, { once: true });
  return {
    context: { signal: abort.signal, deadlineMs, peer: call.getPeer() },
    dispose: () => {
      stop.removeEventListener("abort", onStop);
    },
  };
}
