import { artifactName } from "@worldmodels/artifacts";
import type { ArtifactRef, TransferOptions } from "@worldmodels/artifacts";
import type { JobAttempt } from "@worldmodels/jobs";

const MEBIBYTE = 2 ** 20;
/** What is smaller has arrived before anybody could read about it. */
const SHOWN_FROM_BYTES = 32 * MEBIBYTE;
const INTERVAL_MS = 100;

/**
 * How an artifact of a job travels: it heeds the job's signal, and shows as the job's progress where it is large.
 *
 * @param verb what is done with it, e.g. `sends`
 */
export function transferOptions(
  { signal, onMessage }: Pick<Parameters<JobAttempt>[1], "signal" | "onMessage">,
  verb: string,
  ref: ArtifactRef,
): TransferOptions {
  let toldMs = -Infinity;
  return {
    signal,
    onContact: (line) => {
      onMessage({ type: "say", line });
    },
    onBytes: (done, total) => {
      const nowMs = performance.now();
      if (total < SHOWN_FROM_BYTES || (done < total && nowMs - toldMs < INTERVAL_MS)) return;
      toldMs = nowMs;
      onMessage({
        type: "progress",
        done: Math.floor(done / MEBIBYTE),
        total: Math.ceil(total / MEBIBYTE),
        unit: "MiB",
        metrics: { [verb]: artifactName(ref) },
      });
    },
  };
}
