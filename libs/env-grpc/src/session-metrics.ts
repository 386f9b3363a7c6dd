import { SlotStatus } from "@worldmodels/env";
import type { Batch, VectorEnv } from "@worldmodels/env";
import { counter, envLabel, gauge } from "@worldmodels/telemetry";
import type { CounterCell, GaugeCell } from "@worldmodels/telemetry";

const { OK } = SlotStatus;

/** What is counted of one session. The cells are looked up once: a batch costs a few additions. */
export class SessionMetrics {
  readonly #steps: CounterCell;
  readonly #episodes: CounterCell;
  readonly #busySeconds: CounterCell;
  readonly #slots: GaugeCell;
  #openSlots: number;

  constructor({ spec, numEnvs }: VectorEnv) {
    const env = envLabel(spec.id);
    this.#steps = counter("worldmodels_env_steps_total", { env, by: "session" });
    this.#episodes = counter("worldmodels_env_episodes_total", { env, by: "session" });
    this.#busySeconds = counter("worldmodels_env_busy_seconds_total", { env });
    this.#slots = gauge("worldmodels_env_slots", { env });
    this.#openSlots = numEnvs;
    this.#slots.add(numEnvs);
  }

  /** @param batch of a step; slots that did not move, since they wait for a reset or have no engine, count for nothing */
  countStep({ statuses, endedEpisodes }: Batch): void {
    let moved = 0;
    for (let row = 0; row < statuses.length; row++) if (statuses[row] === OK) moved++;
    this.#steps.add(moved);
    this.#episodes.add(endedEpisodes.length);
  }

  /** @param ns nanoseconds that the environment worked */
  countWork(ns: bigint): void {
    this.#busySeconds.add(Number(ns) / 1e9);
  }

  /** The session is over. Twice is fine. */
  close(): void {
    this.#slots.add(-this.#openSlots);
    this.#openSlots = 0;
  }
}
