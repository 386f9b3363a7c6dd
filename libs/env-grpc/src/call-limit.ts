import { DomainError } from "@worldmodels/errors";

/** A longer one would go off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One call of an environment: which slots it moves, and the work itself. */
export interface LimitedCall<T> {
  /** For error sentences, e.g. `step`. */
  readonly name: string;
  readonly limitMs: number;
  /** Slots whose state is unknown if the time runs out while this is at work. */
  readonly moves: readonly number[];
  readonly work: () => Promise<T>;
}

/**
 * Keeps calls of one environment to their time. A call cannot be stopped, so one that is out of time goes on behind the
 * scenes: the next waits for it, and what the slots hold that it was moving is unknown until they are reset.
 */
export class CallLimit {
  /** Slots that a call out of time was moving. */
  readonly lost = new Set<number>();
  #behind: Promise<void> | undefined;
  #giveUp: ((reason: unknown) => void) | undefined;
  #over: { readonly reason: unknown } | undefined;

  /** @throws DomainError `deadline-exceeded`, and whatever the work throws */
  async run<T>({ name, limitMs, moves, work }: LimitedCall<T>): Promise<T> {
    const start = performance.now();
    const after = `after ${limitMs} ms`;
    if (this.#behind) {
      const sentence = `${name}: not begun ${after}: an earlier request that ran out of time is still at work; nothing has moved`;
      await this.#wait(this.#behind, limitMs, sentence, () => undefined);
    }
    if (this.#over) throw this.#over.reason;
    const slots =
      moves.length === 0 ? "" : `; reset or restore what it was moving: slots ${moves.join(", ")}`;
    const leftMs = limitMs - (performance.now() - start);
    const running = work();
    return this.#wait(running, leftMs, `${name}: not done ${after}${slots}`, () => {
      for (const slot of moves) this.lost.add(slot);
      const ended = () => {
        this.#behind = undefined;
      };
      this.#behind = running.then(ended, ended);
    });
  }

  /** Lets nobody wait any longer. */
  giveUp(reason: unknown): void {
    this.#over ??= { reason };
    this.#giveUp?.(reason);
  }

  #wait<T>(running: Promise<T>, ms: number, sentence: string, onLate: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const giveUp = (reason: unknown) => {
        settle();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever ended the session
        reject(reason);
      };
      const settle = () => {
        clearTimeout(timer);
        if (this.#giveUp === giveUp) this.#giveUp = undefined;
      };
      this.#giveUp = giveUp;
      if (ms !== Infinity) {
        timer = setTimeout(
          () => {
            onLate();
            settle();
            reject(new DomainError("deadline-exceeded", sentence));
          },
          Math.min(Math.max(ms, 0), LONGEST_TIMER_MS),
        );
      }
      running.then((value) => {
        settle();
        resolve(value);
      }, giveUp);
    });
  }
}
