import { describeSetting } from "@worldmodels/config";
import type { SettingsSchema } from "@worldmodels/config";
import type { VectorEnv } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { serve } from "@worldmodels/grpc-kit";
import type { CallContext, ServedService } from "@worldmodels/grpc-kit";
import type { InteractRequest, ListEnvsResponse } from "@worldmodels/proto/env";
import { Capacity } from "./capacity.js";
import { servedEnvService } from "./env-service-wire.js";
import type { OpenRequest } from "./open-request.js";
import { RequestQueue } from "./request-queue.js";
import type { EncodedMessage } from "./scattered-message.js";
import { ServedSession } from "./served-session.js";

/** One kind of environment, for those who ask what there is. */
export interface ServedEnv {
  /** As it is asked for, e.g. `CarRacing-v3`; `dream:RUN` for any run. */
  readonly id: string;
  /** One sentence. */
  readonly summary: string;
  readonly settings: SettingsSchema;
}

export interface EnvServiceLimits {
  /** Slots of all sessions together. */
  readonly maxSlots: number;
  readonly maxSessions: number;
  /** Requests of one session that may be without an answer; default 8. */
  readonly maxInFlight?: number;
  /** Milliseconds that a session may neither send nor read; default 10 minutes. */
  readonly idleTimeoutMs?: number;
  /** Milliseconds that any request may take; default: no limit but the client's. */
  readonly stepTimeoutMs?: number;
}

export interface EnvServiceOptions {
  readonly envs: () => readonly ServedEnv[];
  /** Opens what a client asks for; the session closes it. Its DomainErrors are told to the client as they are. */
  readonly open: (request: OpenRequest) => Promise<VectorEnv>;
  readonly limits: EnvServiceLimits;
  /** Nanoseconds of a clock that never goes back; default: the process's. */
  readonly now?: () => bigint;
  /** Told of everything thrown that is no DomainError; clients are told that there was a bug. */
  readonly onBug: (error: unknown) => void;
  /** Told of slots whose engines have died. */
  readonly onFault?: (envId: string, slots: readonly number[]) => void;
}

/** A service that also has environments to free. */
export interface EnvService extends ServedService {
  /** Ends all sessions; resolves when every environment is freed. To be called after the server has stopped. */
  close(): Promise<void>;
}

const TEN_MINUTES_MS = 600_000;

/** EnvService over any VectorEnv: sessions, order, limits and errors as env.proto has them. */
export function serveEnvs(options: EnvServiceOptions): EnvService {
  const { limits } = options;
  const capacity = new Capacity(limits.maxSessions, limits.maxSlots);
  const sessions = new Set<ServedSession>();
  const maxInFlight = limits.maxInFlight ?? 8;

  async function* interact(
    requests: AsyncIterable<InteractRequest>,
    { signal }: CallContext,
  ): AsyncGenerator<EncodedMessage, void, void> {
    const session = new ServedSession({
      ...options,
      capacity,
      maxInFlight,
      stepTimeoutMs: limits.stepTimeoutMs ?? Infinity,
      now: options.now ?? process.hrtime.bigint,
    });
    sessions.add(session);
    const queue = new RequestQueue(
      requests,
      { maxInFlight, idleTimeoutMs: limits.idleTimeoutMs ?? TEN_MINUTES_MS },
      // The generator may be held up by a reader who does not read; what is reserved for it is not.
      (reason) => void session.close(reason),
    );
    const onAbort = () => {
      queue.fail(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      for (;;) {
        const request = await queue.take();
        if (request === undefined) {
          await session.close();
          return;
        }
        const response = await session.answer(request);
        queue.answered();
        yield response;
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      queue.stop();
      // Not awaited: after a failure the caller is told at once, while a call that runs is let to its end.
      void session.close().finally(() => sessions.delete(session));
    }
  }

  const service = serve(servedEnvService, {
    listEnvs: async () => listEnvs(options.envs(), capacity),
    interact,
  });
  return {
    ...service,
    async close() {
      const reason = new DomainError("unavailable", "the service has stopped; ask again when it is back");
      await Promise.all([...sessions].map((session) => session.close(reason)));
    },
  };
}

function listEnvs(envs: readonly ServedEnv[], capacity: Capacity): ListEnvsResponse {
  const { maxSlots, freeSlots, maxSessions, freeSessions } = capacity;
  return {
    envs: envs.map(({ id, summary, settings }) => ({
      envId: id,
      summary,
      settings: Object.entries(settings).map(([name, setting]) => ({
        name,
        description: describeSetting(setting),
        summary: setting.doc,
      })),
    })),
    maxSlots,
    freeSlots,
    maxSessions,
    freeSessions,
  };
}
