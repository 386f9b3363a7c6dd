import { DomainError, isDomainError } from "@worldmodels/errors";
import { createClient, fromStatus } from "@worldmodels/grpc-kit";
import type { Connection, DuplexCall } from "@worldmodels/grpc-kit";
import { InteractRequest } from "@worldmodels/proto/env";
import type { InteractResponse } from "@worldmodels/proto/env";
import { asBuffer, calledEnvService } from "./env-service-wire.js";

type Request = NonNullable<InteractRequest["request"]>;
type Response = NonNullable<InteractResponse["response"]>;
type ResponseTo<C extends Response["$case"]> = Extract<Response, { $case: C }>["value"];

interface Pending {
  /** Reads the response; what it throws is the answer's, or the end of the session. */
  readonly settle: (response: InteractResponse["response"]) => void;
  readonly reject: (reason: unknown) => void;
}

/** Beyond the server's own limit: for a server that has stopped answering at all. */
const SLACK_MS = 10_000;

/** Requests of one session and their responses, in order, no more in flight than the server allows. */
export class Exchange {
  readonly #call: DuplexCall<Buffer, InteractResponse>;
  readonly #from: string;
  readonly #timeoutMs: number;
  readonly #pending: Pending[] = [];
  readonly #turns: (() => void)[] = [];
  readonly #ended: Promise<void>;
  #maxInFlight = 1;
  /** Requests that are under way, and those whose turn it is. */
  #inFlight = 0;
  #watch: NodeJS.Timeout | undefined;
  #broken: Error | undefined;

  /** @param timeoutMs of each request, from when the server takes it up */
  constructor(connection: Connection, timeoutMs: number) {
    this.#from = `the service at ${connection.address}`;
    this.#timeoutMs = timeoutMs;
    this.#call = createClient(calledEnvService, connection).interact();
    this.#ended = this.#receive();
  }

  /** As Opened says it. */
  allowInFlight(count: number): void {
    this.#maxInFlight = Math.max(1, count);
  }

  /**
   * @param read makes the answer of the response's value, and throws where that is against the contract
   * @throws DomainError that the server refuses the request with, or `unavailable` once the session is broken
   */
  async ask<C extends Exclude<Response["$case"], "error">, T>(
    request: Request,
    expected: C,
    read: (value: ResponseTo<C>) => T,
  ): Promise<T> {
    // Encoded now, though it may wait for its turn: the caller may use its arrays for something else.
    const bytes = asBuffer(InteractRequest.encode({ timeoutMs: this.#timeoutMs, request }).finish());
    if (this.#inFlight < this.#maxInFlight) this.#inFlight++;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
    if (this.#broken) throw this.#broken;
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({
        settle: (response) => {
          try {
            if (response?.$case === "error") {
              const { code, message } = response.value;
              reject(fromStatus(code, message, this.#from));
            } else if (response?.$case === expected) {
              resolve(read(response.value as ResponseTo<C>));
            } else {
              throw new Error(`its answer is ${response?.$case ?? "empty"}, not ${expected}`);
            }
          } catch (error) {
            reject(this.#break(this.#againstContract((error as Error).message)));
          }
        },
        reject,
      });
      this.#rewind();
      // Room for it there is: no more are on their way than the server takes in.
      void this.#call.send(bytes);
    });
  }

  /** Waits for the answers that are due, ends the session and waits until the server has freed its environment. */
  async close(): Promise<void> {
    this.#call.end();
    const timer = setTimeout(() => {
      this.#call.cancel();
    }, this.#timeoutMs + SLACK_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  async #receive(): Promise<void> {
    try {
      for await (const { response } of this.#call.responses) {
        const first = this.#pending.shift();
        if (first === undefined) {
          this.#break(this.#againstContract("it answers what was not asked"));
          return;
        }
        this.#rewind();
        const next = this.#turns.shift();
        // Its place goes to the one that has waited longest, so that none can come in between.
        if (next) next();
        else this.#inFlight--;
        first.settle(response);
      }
      this.#break(this.#lost("it ended the session"));
    } catch (error) {
      const isElsewhere = !isDomainError(error) || isDomainError(error, "unavailable");
      this.#break(isElsewhere ? this.#lost((error as Error).message, error) : error);
    }
  }

  /** Ends the session for good: whatever is asked, now or later, gets the error that is returned: the first. */
  #break(error: Error): Error {
    if (this.#broken) return this.#broken;
    this.#broken = error;
    clearTimeout(this.#watch);
    this.#call.cancel();
    for (const { reject } of this.#pending.splice(0)) reject(error);
    for (const turn of this.#turns.splice(0)) turn();
    return error;
  }

  /** Watches the first of the requests without an answer. */
  #rewind(): void {
    if (this.#pending.length === 0) {
      clearTimeout(this.#watch);
      this.#watch = undefined;
      return;
    }
    if (this.#watch) {
      this.#watch.refresh();
      return;
    }
    const ms = this.#timeoutMs + SLACK_MS;
    this.#watch = setTimeout(() => {
      this.#break(
        new DomainError(
          "deadline-exceeded",
          `${this.#from} gave no answer for ${ms / 1000} s; open the environment again`,
        ),
      );
    }, ms);
  }

  #lost(why: string, cause?: unknown): DomainError {
    return new DomainError(
      "unavailable",
      `the session with ${this.#from} is lost: ${why}; its episodes are gone: open the environment again when the service is there`,
      { cause },
    );
  }

  #againstContract(why: string): DomainError {
    return new DomainError(
      "failed-precondition",
      `${this.#from} breaks the contract of EnvService: ${why}; use a service and a client of one version`,
    );
  }
}
