import type { VectorEnv } from "@worldmodels/env";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { Opened } from "@worldmodels/proto/env";
import type { InteractRequest, Open } from "@worldmodels/proto/env";
import type { Capacity, Release } from "./capacity.js";
import { encodeError, encodeResponse } from "./encode-response.js";
import { EnvSession } from "./env-session.js";
import { autoresetToMessage } from "./modes.js";
import { readOpen } from "./open-request.js";
import type { OpenRequest } from "./open-request.js";
import type { EncodedMessage } from "./scattered-message.js";
import { specToMessage } from "./spec-message.js";

export interface ServedSessionOptions {
  readonly open: (request: OpenRequest) => Promise<VectorEnv>;
  readonly capacity: Capacity;
  readonly maxInFlight: number;
  readonly stepTimeoutMs: number;
  readonly now: () => bigint;
  readonly onBug: (error: unknown) => void;
  readonly onFault?: (envId: string, slots: readonly number[]) => void;
}

/** One session of a client: its place on this server, and in it the environment, from Open to the end of the stream. */
export class ServedSession {
  readonly #options: ServedSessionOptions;
  readonly #releaseSession: Release;
  #releaseSlots: Release = () => undefined;
  #opening: Promise<unknown> | undefined;
  #env: EnvSession | undefined;
  #over: { readonly reason: unknown } | undefined;
  #closing: Promise<void> | undefined;
  #stopOpening: ((reason: unknown) => void) | undefined;

  /** @throws DomainError `resource-exhausted` where there is no room for a session */
  constructor(options: ServedSessionOptions) {
    this.#options = options;
    this.#releaseSession = options.capacity.takeSession();
  }

  /** @throws only what ends the stream; an error of the request is in the response */
  async answer(request: InteractRequest): Promise<EncodedMessage> {
    const isOpen = request.request?.$case === "open";
    if (isOpen === (this.#env !== undefined)) {
      throw new DomainError(
        "failed-precondition",
        isOpen
          ? "this session is open already; open another stream for another environment"
          : "this session is not open; the first request must be open",
      );
    }
    try {
      if (request.request?.$case === "open") return await this.#open(request.request.value);
      if (this.#env) return await this.#env.answer(request);
      throw new Error("neither open nor opening");
    } catch (error) {
      if (this.#over) throw this.#over.reason;
      if (error instanceof NoRoom) throw error.cause;
      return encodeError(error, this.#options.onBug);
    }
  }

  /**
   * Frees everything; resolves when that is done, which may be later than a call that is still running.
   *
   * @param reason what a request that is being answered fails with
   */
  close(reason: unknown = new DomainError("cancelled", "the session is over")): Promise<void> {
    this.#closing ??= this.#free(reason);
    return this.#closing;
  }

  async #open(message: Open): Promise<EncodedMessage> {
    const { faultPolicy, ...request } = readOpen(message);
    const { capacity, stepTimeoutMs, now, onFault } = this.#options;
    const releaseSlots = takeSlots(capacity, request.numEnvs);
    this.#releaseSlots = releaseSlots;
    let env: VectorEnv;
    try {
      const opening = this.#options.open(request);
      this.#opening = opening;
      env = await this.#unlessOver(opening);
    } catch (error) {
      // Where the session is over, what opens is closed and given back there.
      if (!this.#over) releaseSlots();
      throw error;
    }
    this.#env = new EnvSession({
      env,
      faultPolicy,
      seeds: request.seeds ?? 0n,
      stepTimeoutMs,
      now,
      onFault: (slots) => onFault?.(request.envId, slots),
    });
    const opened = Opened.create({
      spec: specToMessage(env.spec),
      numEnvs: env.numEnvs,
      autoreset: autoresetToMessage(env.autoreset),
      observations: [...env.observationNames],
      maxInFlight: this.#options.maxInFlight,
    });
    return encodeResponse({ $case: "opened", value: opened });
  }

  #unlessOver<T>(opening: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#stopOpening = reject;
      opening.then(resolve, reject);
    });
  }

  async #free(reason: unknown): Promise<void> {
    this.#over = { reason };
    this.#stopOpening?.(reason);
    this.#env?.giveUp(reason);
    try {
      if (this.#env) await this.#env.close();
      else await closeLate(this.#opening);
    } catch (error) {
      if (!isDomainError(error)) this.#options.onBug(error);
    } finally {
      this.#releaseSlots();
      this.#releaseSession();
    }
  }
}

/** Capacity that is lacking ends the stream, unlike whatever else an Open may be refused for. */
class NoRoom extends Error {}

function takeSlots(capacity: Capacity, count: number): Release {
  try {
    return capacity.takeSlots(count);
  } catch (cause) {
    throw new NoRoom("no room", { cause });
  }
}

/** Closes an environment that nobody waits for any more, once it has opened. */
async function closeLate(opening: Promise<unknown> | undefined): Promise<void> {
  const env = (await opening) as VectorEnv | undefined;
  await env?.close();
}
