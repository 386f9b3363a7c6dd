import { DomainError, isDomainError } from "@worldmodels/errors";

export interface QueueLimits {
  /** Requests that may be without an answer. */
  readonly maxInFlight: number;
  /** Milliseconds that the caller may neither send nor read. */
  readonly idleTimeoutMs: number;
}

/**
 * The requests of one session, read as they come but never further ahead than may be in flight: a caller who sends more
 * has broken the rules, and is told so at once instead of being read on.
 */
export class RequestQueue<T> {
  readonly #waiting: T[] = [];
  readonly #limits: QueueLimits;
  readonly #onFailure: (reason: unknown) => void;
  #unanswered = 0;
  #isWorking = false;
  #hasEnded = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;
  readonly #idle: NodeJS.Timeout;
  #isOver = false;

  /** @param onFailure called once when nothing more will be taken, even where nobody is asking just then */
  constructor(requests: AsyncIterable<T>, limits: QueueLimits, onFailure: (reason: unknown) => void) {
    this.#limits = limits;
    this.#onFailure = onFailure;
    this.#idle = setTimeout(() => {
      this.#onIdle();
    }, limits.idleTimeoutMs);
    void this.#read(requests[Symbol.asyncIterator]());
  }

  /**
   * The next request, or undefined when the caller has ended its side; from then until `answered` the session is at work.
   *
   * @throws what the session fails with
   */
  async take(): Promise<T | undefined> {
    for (;;) {
      if (this.#failure) throw this.#failure.reason;
      const request = this.#waiting.shift();
      if (request !== undefined) {
        this.#isWorking = true;
        return request;
      }
      if (this.#hasEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** To be called just before an answer is given away: the caller may send another as soon as it has it. */
  answered(): void {
    this.#unanswered--;
    this.#isWorking = false;
    this.#touch();
  }

  fail(reason: unknown): void {
    if (this.#failure) return;
    this.#failure = { reason };
    this.stop();
    this.#wake?.();
    this.#onFailure(reason);
  }

  /** The session is over. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#idle);
  }

  #touch(): void {
    // A timer that was cleared would come back to life.
    if (!this.#isOver) this.#idle.refresh();
  }

  async #read(requests: AsyncIterator<T>): Promise<void> {
    const { maxInFlight } = this.#limits;
    try {
      for (;;) {
        const next = await requests.next();
        if (next.done === true || this.#failure) break;
        if (this.#unanswered >= maxInFlight) {
          throw new DomainError(
            "resource-exhausted",
            `more than ${maxInFlight} requests are without an answer; wait for the first before sending another ` +
              `(Opened.max_in_flight says how many there may be)`,
          );
        }
        this.#unanswered++;
        this.#waiting.push(next.value);
        this.#touch();
        this.#wake?.();
      }
    } catch (error) {
      this.fail(
        isDomainError(error) ? error : new DomainError("cancelled", "the caller broke the session off"),
      );
    }
    this.#hasEnded = true;
    this.#wake?.();
  }

  #onIdle(): void {
    if (this.#isWorking) {
      this.#touch();
      return;
    }
    this.fail(
      new DomainError(
        "deadline-exceeded",
        `nothing was sent or read for ${this.#limits.idleTimeoutMs / 1000} s, this server's limit; open another session`,
      ),
    );
  }
}
