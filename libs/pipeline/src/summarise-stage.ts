import type { JobRecord } from "@worldmodels/jobs";

/** One line about a finished stage: what it came to, and how long it took. */
export function summariseStage(record: JobRecord, wasReused: boolean): string {
  const { progress, facts, seconds } = record;
  const amount = progress === null ? [] : [`${progress.total.toLocaleString("en")} ${progress.unit}`];
  const rate =
    progress === null || seconds < 0.5
      ? []
      : [`${Math.round(progress.total / seconds).toLocaleString("en")} ${progress.unit}/s`];
  const quality = [
    ...(typeof facts["heldOutNll"] === "number" ? [`held-out NLL ${facts["heldOutNll"].toFixed(3)}`] : []),
    ...(typeof facts["auc"] === "number" ? [`AUC of the end ${facts["auc"].toFixed(3)}`] : []),
  ];
  const mean = typeof facts["mean"] === "number" ? [`mean ${facts["mean"].toFixed(0)}`] : [];
  const when = wasReused ? "done before" : `${seconds.toFixed(1)} s`;
  return [...amount, when, ...(wasReused ? [] : rate), ...quality, ...mean].join(", ");
}
