import { connect, createClient } from "@worldmodels/grpc-kit";
import { EnvServiceService, InteractRequest } from "@worldmodels/proto/env";
import type { InteractResponse, Open, Reset, Step } from "@worldmodels/proto/env";

/** A request with only what differs from the defaults. */
export type Request = NonNullable<DeepPartial<InteractRequest>["request"]>;

type DeepPartial<T> = T extends bigint | string | number | boolean | Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? DeepPartial<E>[]
    : T extends { $case: string; value: infer V }
      ? { $case: T["$case"]; value: DeepPartial<V> }
      : { [K in keyof T]?: DeepPartial<T[K]> };

/** The whole message. */
export function requestOf(request: Request, timeoutMs = 0): InteractRequest {
  return InteractRequest.fromPartial({ timeoutMs, request });
}

/** A session as any client in any language has it: messages out, messages in, nothing checked here. */
export function rawSession(address: string) {
  const connection = connect(address);
  const call = createClient(EnvServiceService, connection).interact();
  const responses = call.responses[Symbol.asyncIterator]();
  return {
    connection,
    call,
    send(request: Request, timeoutMs = 0): Promise<void> {
      return call.send(requestOf(request, timeoutMs));
    },
    /** The next response, or undefined at the end; throws what the stream fails with. */
    async next(): Promise<InteractResponse["response"]> {
      const next = await responses.next();
      return next.done === true ? undefined : next.value.response;
    },
    close() {
      call.cancel();
      connection.close();
    },
  };
}

export function listEnvs(address: string) {
  const connection = connect(address);
  return createClient(EnvServiceService, connection)
    .listEnvs({}, { deadlineMs: 5000 })
    .finally(() => {
      connection.close();
    });
}

export const openCounting = (more: DeepPartial<Open> = {}): Request => ({
  $case: "open",
  value: { envId: "Counting-v1", ...more },
});

/** Steps with zeros; two numbers a slot. */
export const step = (slots: number, more: DeepPartial<Step> = {}): Request => ({
  $case: "step",
  value: { actions: Buffer.alloc(slots * 8), ...more },
});

export const reset = (more: DeepPartial<Reset> = {}): Request => ({ $case: "reset", value: more });

/** A promise and what settles it. */
export function gate<T = void>() {
  let open: (value: T) => void = () => undefined;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
