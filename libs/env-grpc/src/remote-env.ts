import { bytesOf, readTensor } from "@worldmodels/grpc-kit";
import { checkPictureSize, checkSeeds, checkSlot, checkSlots } from "@worldmodels/env";
import type { AutoresetMode, Batch, EnvSpec, ResetOptions, StepOptions, VectorEnv } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import type { Names, Slots } from "@worldmodels/proto/env";
import { Dtype } from "@worldmodels/proto/tensor";
import type { Exchange } from "./exchange.js";
import { readBatch } from "./read-batch.js";
import { seedsToMessage } from "./seed-message.js";

export interface RemoteEnvFacts {
  readonly spec: EnvSpec;
  readonly numEnvs: number;
  readonly autoreset: AutoresetMode;
  readonly observationNames: readonly string[];
}

/**
 * A VectorEnv at the other end of a session. Unlike one in process it takes several calls at once, which are sent on
 * without waiting for each other and done in their order; beyond what the server allows they wait for their turn. Batches are views
 * of the message that they came in: they stay as they are, whatever is called later.
 */
export class RemoteEnv implements VectorEnv {
  readonly spec: EnvSpec;
  readonly numEnvs: number;
  readonly autoreset: AutoresetMode;
  readonly observationNames: readonly string[];
  readonly #exchange: Exchange;
  readonly #release: () => void;
  readonly #allSlots: readonly number[];
  #closing: Promise<void> | undefined;

  /** @param release called once the session has ended */
  constructor(exchange: Exchange, facts: RemoteEnvFacts, release: () => void) {
    this.spec = facts.spec;
    this.numEnvs = facts.numEnvs;
    this.autoreset = facts.autoreset;
    this.observationNames = facts.observationNames;
    this.#exchange = exchange;
    this.#release = release;
    this.#allSlots = Object.freeze(Array.from({ length: facts.numEnvs }, (_, slot) => slot));
  }

  async reset(options: ResetOptions = {}): Promise<Batch> {
    this.#checkOpen("reset");
    const slots = checkSlots("reset", options.slots, this.#allSlots);
    const { seeds } = options;
    // What does not fit the wire must be refused here, and so it is with the sentence that all environments have.
    if (seeds !== undefined) checkSeeds("reset", seeds, slots.length);
    const value = {
      slots: slotsToMessage(options.slots),
      seeds: seedsToMessage(seeds),
      observations: namesToMessage(options.observations),
    };
    return this.#exchange.ask({ $case: "reset", value }, "batch", (batch) =>
      readBatch(batch, this.spec, false),
    );
  }

  async step(actions: Float32Array, options: StepOptions = {}): Promise<Batch> {
    this.#checkOpen("step");
    checkSlots("step", options.slots, this.#allSlots);
    const value = {
      slots: slotsToMessage(options.slots),
      actions: bytesOf(actions),
      observations: namesToMessage(options.observations),
    };
    const hasFinals = this.autoreset === "SAME_STEP";
    return this.#exchange.ask({ $case: "step", value }, "batch", (batch) =>
      readBatch(batch, this.spec, hasFinals),
    );
  }

  async render(
    slot: number,
    size?: { readonly width: number; readonly height: number },
  ): Promise<Uint8Array> {
    this.#checkOpen("render");
    if (size) checkPictureSize("render", size.width, size.height);
    checkSlot("render", "slot", slot, this.numEnvs);
    const { width, height } = size ?? { width: 0, height: 0 };
    const [wide, high] = size ? [width, height] : this.spec.renderSize;
    return this.#exchange.ask(
      { $case: "render", value: { slot, width, height } },
      "rendered",
      ({ picture }) => readTensor(picture, "its picture", Dtype.DTYPE_UINT8, [high, wide, 3]),
    );
  }

  async snapshot(slots: readonly number[]): Promise<Uint8Array[]> {
    this.#checkOpen("snapshot");
    const value = { slots: [...checkSlots("snapshot", slots, this.#allSlots)] };
    return this.#exchange.ask({ $case: "snapshot", value }, "snapshots", ({ snapshots }) => {
      if (snapshots.length !== slots.length)
        throw new Error(`it gives ${snapshots.length} snapshots for ${slots.length}`);
      // Copied: a snapshot may be kept for long, and a view would keep the whole message.
      return snapshots.map((bytes) => new Uint8Array(bytes));
    });
  }

  async restore(entries: readonly { readonly slot: number; readonly snapshot: Uint8Array }[]): Promise<void> {
    this.#checkOpen("restore");
    for (const [i, { slot }] of entries.entries()) {
      checkSlot("restore", `entries[${i}].slot`, slot, this.numEnvs);
    }
    const value = { entries: entries.map(({ slot, snapshot }) => ({ slot, snapshot })) };
    return this.#exchange.ask({ $case: "restore", value }, "restored", () => undefined);
  }

  async copy(from: number, to: readonly number[]): Promise<void> {
    this.#checkOpen("copy");
    checkSlot("copy", "from", from, this.numEnvs);
    const value = { from, to: [...checkSlots("copy", to, this.#allSlots)] };
    return this.#exchange.ask({ $case: "copy", value }, "copied", () => undefined);
  }

  close(): Promise<void> {
    this.#closing ??= this.#exchange.close().finally(this.#release);
    return this.#closing;
  }

  #checkOpen(call: string): void {
    if (!this.#closing) return;
    throw new DomainError("failed-precondition", `${call}: this ${this.spec.id} is closed; open another`);
  }
}

function slotsToMessage(slots: readonly number[] | undefined): Slots | undefined {
  return slots && { slots: [...slots] };
}

function namesToMessage(names: readonly string[] | undefined): Names | undefined {
  return names && { names: [...names] };
}
