import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import type { EventEmitter } from "node:events";
import type { CallContext } from "./call-context.js";
import { callerOf } from "./identify.js";
import { RUN_HEADER } from "./call-telemetry.js";

export type WritingCall = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;

/**
 * A caller lets go at its own deadline, which comes a moment before the same deadline here: an end this near to it is the
 * deadline's, not a change of mind.
 */
const DEADLINE_SLACK_MS = 100;

/**
 * The context of a call that begins.
 *
 * @param stop aborted when the server wants the call to end
 * @returns and `dispose`, to be called when the call is over: from then on nothing aborts the signal
 */
export function openContext(
  call: ServerUnaryCall<unknown, unknown> | WritingCall,
  stop: AbortSignal,
): { readonly context: CallContext; readonly dispose: () => void } {
  const abort = new AbortController();
  const deadline = call.getDeadline();
  const deadlineMs = deadline instanceof Date ? deadline.getTime() : deadline;
  const onStop = () => {
    abort.abort(stop.reason);
  };
  const onCancelled = () => {
    abort.abort(
      Date.now() >= deadlineMs - DEADLINE_SLACK_MS
        ? new DomainError("deadline-exceeded", "the call's deadline passed before it was answered")
        : new DomainError("cancelled", "the caller ended the call"),
    );
  };
  (call as EventEmitter).on("cancelled", onCancelled);
  // A deadline that passes before the whole request is in is told to nobody.
  if (Date.now() >= deadlineMs) onCancelled();
  if (stop.aborted) onStop();
  else stop.addEventListener("abort", onStop, { once: true });
  return {
    context: {
      signal: abort.signal,
      deadlineMs,
      peer: call.getPeer(),
      run: runOf(call),
      ...callerOf(call.metadata),
    },
    dispose: () => {
      stop.removeEventListener("abort", onStop);
      (call as EventEmitter).off("cancelled", onCancelled);
    },
  };
}

const LONGEST_RUN = 200;

function runOf({ metadata }: ServerUnaryCall<unknown, unknown> | WritingCall): string | undefined {
  const [run] = metadata.get(RUN_HEADER);
  return typeof run === "string" && run !== "" ? run.slice(0, LONGEST_RUN) : undefined;
}
