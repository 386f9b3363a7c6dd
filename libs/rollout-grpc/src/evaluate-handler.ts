import type { ArtifactStore } from "@worldmodels/artifacts";
import type { CallContext } from "@worldmodels/grpc-kit";
import type { EvaluateRequest, EvaluateResponse } from "@worldmodels/proto/rollout";
import { createRolloutPool } from "@worldmodels/rollout-pool";
import type { RolloutResult } from "@worldmodels/rollout-pool";
import { toWireEnding } from "./episode-ending.js";
import { createPoolKeeper } from "./pool-keeper.js";
import { readEvaluateRequest } from "./read-evaluate-request.js";
import { createResultQueue } from "./result-queue.js";

export interface EvaluateHandlerOptions {
  /** Holds the models that requests name. */
  readonly store: ArtifactStore;
  /** Processes of each pool, 1 or more. */
  readonly workers: number;
  /** Setups whose workers are kept at once, 1 or more. */
  readonly maxPools: number;
  /** Calls that may wait for a pool, 0 or more. */
  readonly maxWaiting: number;
  /** Told of every worker's death that was survived. */
  readonly onDeath?: (sentence: string) => void;
  /** A pool that nobody has used for so long is closed; default 60,000 ms. */
  readonly idleMs?: number;
}

export interface EvaluateHandler {
  /** Answers RolloutService's Evaluate. A caller that goes ends its run; the pool's workers are then started anew. */
  evaluate(request: EvaluateRequest, context: CallContext): AsyncGenerator<EvaluateResponse, void, void>;
  /** Ends all workers. */
  close(): void;
}

/** Plays episodes for callers: one pool of worker processes per setup, for one call at a time. */
export function createEvaluateHandler(options: EvaluateHandlerOptions): EvaluateHandler {
  const { store, workers, maxPools, maxWaiting, onDeath, idleMs = 60_000 } = options;
  const keeper = createPoolKeeper({
    createPool: (setup) => createRolloutPool(setup, { workers, ...(onDeath && { onDeath }) }),
    maxPools,
    maxWaiting,
    idleMs,
  });
  return {
    async *evaluate(request, { signal }) {
      const { setup, tasks } = await readEvaluateRequest(request, store);
      const { pool, giveBack } = await keeper.take(setup, signal);
      const results = createResultQueue<RolloutResult>();
      const stop = new AbortController();
      const running = pool
        .run(tasks, {
          signal: AbortSignal.any([signal, stop.signal]),
          onResult: (_, result) => {
            results.push(result);
          },
        })
        .then(
          () => {
            results.end();
          },
          (error: unknown) => {
            results.end(error);
          },
        );
      try {
        for await (const result of results) yield toResponse(result);
      } finally {
        stop.abort();
        await running;
        giveBack();
      }
    },
    close() {
      keeper.close();
    },
  };
}

function toResponse({ id, return: sum, penalisedReturn, length, ending }: RolloutResult): EvaluateResponse {
  return { index: Number(id), return: sum, penalisedReturn, length, ending: toWireEnding(ending) };
}
