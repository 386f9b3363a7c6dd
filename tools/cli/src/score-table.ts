import type { EvaluationResult, RunSummary, Scores } from "@worldmodels/pipeline";
import { formatDuration, formatTable } from "./format.js";

/** The small table at the end of a run: what was evolved, and a random policy beside it. */
export function formatScoreTable(summary: RunSummary): string {
  const { evaluation, seconds } = summary;
  return `${formatScores(evaluation)}\n\nthe whole run took ${formatDuration(seconds)}`;
}

export function formatScores(result: EvaluationResult): string {
  const row = (name: string, scores: Scores) => [
    name,
    `${scores.mean.toFixed(1)} ± ${scores.sd.toFixed(1)}`,
    scores.best.toFixed(1),
    scores.worst.toFixed(1),
    String(scores.returns.length),
  ];
  const rows = [
    [result.env, "mean ± sd", "best", "worst", "unseen episodes"],
    row("evolved (mean of the distribution)", result.evolved),
    row("random policy", result.random),
    ...(result.dreamed ? [row(`evolved, in ${result.dreamed.env}`, result.dreamed.scores)] : []),
  ];
  return formatTable(rows);
}
