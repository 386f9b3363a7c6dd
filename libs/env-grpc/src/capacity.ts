import { DomainError } from "@worldmodels/errors";

/** Gives back what was taken; twice is fine. */
export type Release = () => void;

/** How many sessions and slots a server has, and how many of them are free. */
export class Capacity {
  #sessions = 0;
  #slots = 0;

  constructor(
    readonly maxSessions: number,
    readonly maxSlots: number,
  ) {}

  get freeSessions(): number {
    return this.maxSessions - this.#sessions;
  }

  get freeSlots(): number {
    return this.maxSlots - this.#slots;
  }

  /** @throws DomainError `resource-exhausted` with how many are free and how many there are */
  takeSession(): Release {
    if (this.freeSessions < 1) throw this.#full("a session", this.freeSessions, this.maxSessions, "sessions");
    this.#sessions++;
    return once(() => {
      this.#sessions--;
    });
  }

  /** @throws DomainError `resource-exhausted` with how many are free and how many there are */
  takeSlots(count: number): Release {
    if (count > this.freeSlots) {
      throw this.#full(`${count} slot${count === 1 ? "" : "s"}`, this.freeSlots, this.maxSlots, "slots");
    }
    this.#slots += count;
    return once(() => {
      this.#slots -= count;
    });
  }

  #full(what: string, free: number, total: number, of: string): DomainError {
    return new DomainError(
      "resource-exhausted",
      `there is no room for ${what}: ${free} of this server's ${total} ${of} are free; ask for less, try again when ` +
        `another session has ended, or use another server`,
    );
  }
}

function once(act: () => void): Release {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
