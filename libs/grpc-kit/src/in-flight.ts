/** The handlers that are at work, those whose call has ended but which have not yet heard of it included. */
export class InFlight {
  readonly #calls = new Set<object>();
  readonly #waiting: (() => void)[] = [];

  begin(call: object): void {
    this.#calls.add(call);
  }

  /** Twice is fine. */
  end(call: object): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) for (const tell of this.#waiting.splice(0)) tell();
  }

  /** Resolves as soon as nothing is at work. */
  idle(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
