import type { Batch, VectorEnv } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { bytesOf, toTensor, viewOf } from "@worldmodels/grpc-kit";
import type { InteractRequest, Names, Render, Reset, Restore, Slots, Step } from "@worldmodels/proto/env";
import { Dtype } from "@worldmodels/proto/tensor";
import { CallLimit } from "./call-limit.js";
import { BatchEncoder } from "./encode-batch.js";
import { encodeResponse } from "./encode-response.js";
import { EpisodeRecords } from "./episode-records.js";
import type { FaultPolicy } from "./modes.js";
import { faultedSlots, respawn } from "./respawn.js";
import type { EncodedMessage, ScatteredMessage } from "./scattered-message.js";
import { SessionMetrics } from "./session-metrics.js";
import { readSeeds } from "./seed-message.js";
import type { SeedsGiven } from "./seed-message.js";

export interface EnvSessionOptions {
  readonly env: VectorEnv;
  readonly faultPolicy: FaultPolicy;
  /** Those that the environment was opened with. */
  readonly seeds: SeedsGiven;
  /** Milliseconds that any request may take; Infinity for no limit. */
  readonly stepTimeoutMs: number;
  /** Nanoseconds of a clock that never goes back. */
  readonly now: () => bigint;
  /** Told of slots whose engines have died. */
  readonly onFault: (slots: readonly number[]) => void;
}

/** What one request comes to: what it is called, which slots it needs whole, which it moves, and how. */
interface Task {
  readonly name: string;
  readonly needs: readonly number[];
  readonly moves: readonly number[];
  readonly work: () => Promise<EncodedMessage>;
}

/** An open environment as requests see it. Answers are encoded: they are made before the environment goes on. */
export class EnvSession {
  readonly #options: EnvSessionOptions;
  readonly #env: VectorEnv;
  readonly #allSlots: readonly number[];
  readonly #records: EpisodeRecords;
  readonly #limit = new CallLimit();
  readonly #encoder: BatchEncoder;
  readonly #metrics: SessionMetrics;
  /** Has views of the environment's buffers in it. */
  #lastBatch: ScatteredMessage | undefined;

  constructor(options: EnvSessionOptions) {
    this.#options = options;
    this.#env = options.env;
    this.#allSlots = Array.from({ length: options.env.numEnvs }, (_, slot) => slot);
    this.#records = new EpisodeRecords(options.env.numEnvs, options.seeds);
    this.#encoder = new BatchEncoder(options.env.spec);
    this.#metrics = new SessionMetrics(options.env);
  }

  /** @throws what is to be told in the response: a DomainError, or a bug */
  async answer({ timeoutMs, request }: InteractRequest): Promise<EncodedMessage> {
    const { name, needs, moves, work } = this.#taskOf(request);
    for (const slot of needs) {
      if (!this.#limit.lost.has(slot)) continue;
      throw new DomainError(
        "failed-precondition",
        `${name}: slot ${slot} was moving in a request that ran out of time; reset or restore it first`,
      );
    }
    const limitMs = Math.min(timeoutMs === 0 ? Infinity : timeoutMs, this.#options.stepTimeoutMs);
    this.#keepLast();
    return this.#limit.run({ name, limitMs, moves, work });
  }

  /** Ends the wait for the call that is running; it is let to its end before the environment is freed. */
  giveUp(reason: unknown): void {
    this.#limit.giveUp(reason);
  }

  close(): Promise<void> {
    this.#keepLast();
    this.#metrics.close();
    return this.#env.close();
  }

  /** The environment is about to write over its buffers. */
  #keepLast(): void {
    this.#lastBatch?.keep();
    this.#lastBatch = undefined;
  }

  #taskOf(request: InteractRequest["request"]): Task {
    switch (request?.$case) {
      case "reset":
        return this.#reset(request.value);
      case "step":
        return this.#step(request.value);
      case "render":
        return this.#render(request.value);
      case "snapshot": {
        const { slots } = request.value;
        return {
          name: "snapshot",
          needs: slots,
          moves: [],
          work: async () => {
            const snapshots = await this.#env.snapshot(slots);
            return encodeResponse({ $case: "snapshots", value: { snapshots } });
          },
        };
      }
      case "restore":
        return this.#restore(request.value);
      case "copy": {
        const { from, to } = request.value;
        const moves = to.filter((slot) => slot !== from);
        return {
          name: "copy",
          needs: [from],
          moves,
          work: async () => {
            await this.#env.copy(from, to);
            this.#put(moves);
            return encodeResponse({ $case: "copied", value: {} });
          },
        };
      }
      default:
        throw new DomainError(
          "invalid-argument",
          "the request asks for nothing that this server knows; send reset, step, render, snapshot, restore or copy",
        );
    }
  }

  #reset(message: Reset): Task {
    const options = { ...slotsOf(message.slots), ...namesOf(message.observations) };
    const moves = options.slots ?? this.#allSlots;
    return {
      name: "reset",
      needs: [],
      moves,
      work: async () => {
        const given = readSeeds("reset", message.seeds);
        const start = this.#options.now();
        const batch = await this.#env.reset({ ...options, ...(given !== undefined && { seeds: given }) });
        for (const slot of batch.slots) this.#limit.lost.delete(slot);
        return this.#encode(batch, start, this.#records.beginAll(batch.slots, given));
      },
    };
  }

  #step(message: Step): Task {
    const options = { ...slotsOf(message.slots), ...namesOf(message.observations) };
    const slots = options.slots ?? this.#allSlots;
    return {
      name: "step",
      needs: slots,
      moves: slots,
      work: async () => {
        const actions = readActions(message.actions);
        const start = this.#options.now();
        let batch = await this.#env.step(actions, options);
        this.#metrics.countStep(batch);
        const faulted = faultedSlots(batch);
        if (faulted.length > 0) {
          this.#options.onFault(faulted);
          if (this.#options.faultPolicy === "RESPAWN") batch = await respawn(this.#env, batch, faulted);
        }
        return this.#encode(batch, start);
      },
    };
  }

  #render({ slot, width, height }: Render): Task {
    const isNative = width === 0 && height === 0;
    const [wide, high] = isNative ? this.#env.spec.renderSize : [width, height];
    return {
      name: "render",
      needs: [slot],
      moves: [],
      work: async () => {
        const picture = await this.#env.render(slot, ...(isNative ? [] : [{ width, height }]));
        return encodeResponse({
          $case: "rendered",
          value: { picture: toTensor(picture, [high, wide, 3]) },
        });
      },
    };
  }

  #restore({ entries }: Restore): Task {
    const moves = entries.map(({ slot }) => slot);
    return {
      name: "restore",
      needs: [],
      moves,
      work: async () => {
        // Received bytes are Buffers, whose slice() is no copy as engines expect it of a Uint8Array.
        await this.#env.restore(entries.map(({ slot, snapshot }) => ({ slot, snapshot: bytesOf(snapshot) })));
        this.#put(moves);
        return encodeResponse({ $case: "restored", value: {} });
      },
    };
  }

  #put(slots: readonly number[]): void {
    this.#records.put(slots, this.#options.now());
    for (const slot of slots) this.#limit.lost.delete(slot);
  }

  #encode(batch: Batch, startNs: bigint, seeds?: readonly (bigint | undefined)[]): EncodedMessage {
    const now = this.#options.now();
    const endedSeconds = this.#records.time(batch, now);
    const durationNs = now - startNs;
    this.#metrics.countWork(durationNs);
    const facts = { durationNs, endedSeconds, ...(seeds && { seeds }) };
    this.#lastBatch = this.#encoder.encode(batch, facts);
    return this.#lastBatch;
  }
}

function slotsOf(slots: Slots | undefined): { slots?: readonly number[] } {
  return slots === undefined ? {} : { slots: slots.slots };
}

function namesOf(names: Names | undefined): { observations?: readonly string[] } {
  return names === undefined ? {} : { observations: names.names };
}

/** How many numbers there must be, the environment says. */
function readActions(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 === 0) return viewOf(bytes, Dtype.DTYPE_FLOAT32) as Float32Array;
  throw new DomainError(
    "invalid-argument",
    `step: actions has ${bytes.length} bytes, and float32 numbers have 4 each; no slot has moved`,
  );
}
