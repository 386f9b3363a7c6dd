import type { ClientDuplexStream, ClientReadableStream } from "@grpc/grpc-js";
import { once } from "node:events";

/**
 * The responses of a call, to be read once. A call that nobody has begun to read is watched all the same: its failure is thrown
 * when somebody does, and never ends the process.
 *
 * @param explain makes the error that is thrown
 */
export function responsesOf<R>(
  call: ClientReadableStream<R> | ClientDuplexStream<never, R>,
  signal: AbortSignal | undefined,
  explain: (error: unknown) => unknown,
): AsyncGenerator<R, void, void> {
  let failure: { readonly error: unknown } | undefined;
  const cancel = () => {
    call.cancel();
  };
  call.on("error", (error) => {
    failure ??= { error };
  });
  call.on("status", () => {
    signal?.removeEventListener("abort", cancel);
  });
  if (signal?.aborted === true) cancel();
  else signal?.addEventListener("abort", cancel, { once: true });
  const read = async function* () {
    try {
      // Left to itself, an iterator that is left off ends what is sent first: the other side would take it for a proper end.
      for await (const response of call.iterator({ destroyOnReturn: false })) yield response as R;
    } catch (error) {
      failure ??= { error };
    } finally {
      call.cancel();
    }
    if (failure !== undefined) throw explain(failure.error);
  };
  return read();
}

/** Sends messages no faster than the other side takes them. */
export function senderTo<Q, R>(call: ClientDuplexStream<Q, R>): (message: Q) => Promise<void> {
  const over = new AbortController();
  for (const event of ["error", "end", "close"]) {
    call.on(event, () => {
      over.abort();
    });
  }
  return async (message) => {
    // A stream that breaks is reported by its responses, where the reason is known.
    if (over.signal.aborted) return;
    if (!call.write(message)) await once(call, "drain", { signal: over.signal }).catch(() => undefined);
  };
}
