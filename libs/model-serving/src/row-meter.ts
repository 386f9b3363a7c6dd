import { counter, gauge } from "@worldmodels/telemetry";

/** Does a batch's work and counts it: while it is under way, and its rows when they are answered. */
export type RowMeter = <T>(rows: number, work: () => Promise<T>) => Promise<T>;

/**
 * Counts what a kind of model is asked.
 *
 * @param model kind of its artifact, e.g. `vae`
 * @param call e.g. `encode`
 */
export function createRowMeter(model: string, call: string): RowMeter {
  const inFlight = gauge("worldmodels_model_batches_in_flight", { model, call });
  const answered = counter("worldmodels_model_rows_total", { model, call });
  return async (rows, work) => {
    inFlight.add(1);
    try {
      const result = await work();
      answered.add(rows);
      return result;
    } finally {
      inFlight.add(-1);
    }
  };
}
