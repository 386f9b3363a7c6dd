import { formatNumber, summarise } from "../numbers.js";
import type { LossCurve, ReportData } from "../report-data.js";
import { compareReturns } from "./dreamed-returns-section.js";

/**
 * What a careful reader would hold against the run, one sentence each: the caller's problems first, then what the
 * data itself shows. A report that only shows its best side cannot be trusted.
 */
export function findings(data: ReportData): readonly string[] {
  return [
    ...(data.problems ?? []),
    ...resultFindings(data),
    ...dreamFindings(data),
    ...learningFindings(data),
    ...[...(data.vision?.losses ?? []), ...(data.memory?.losses ?? [])].flatMap(lossFindings),
    ...missingParts(data),
  ];
}

function resultFindings({ result }: ReportData): readonly string[] {
  if (result === undefined) return ["This run has no evaluation: nothing here says how well it plays."];
  const scores = summarise(result.scores.map(({ score }) => score));
  if (scores === undefined) return ["The evaluation has no episodes."];
  const found: string[] = [];
  const { mean, standardError, count } = scores;
  const { target, published } = result;
  if (target !== undefined && mean < target) {
    const reached = result.scores.filter(({ score }) => score >= target).length;
    found.push(
      `The mean, ${formatNumber(mean)}, is below the target of ${formatNumber(target)}; ${reached} of ${count} episodes reach it.`,
    );
  }
  if (published !== undefined && mean < published.mean) {
    found.push(
      `The mean is ${formatNumber(published.mean - mean)} below ${published.label} (${formatNumber(published.mean)} ± ${formatNumber(published.sd)}).`,
    );
  }
  if (count < 100) {
    found.push(
      `Only ${count} ${count === 1 ? "episode was" : "episodes were"} played; the usual number is 100. The mean is uncertain by ±${formatNumber(2 * standardError)} (two standard errors).`,
    );
  }
  const random = summarise((result.random ?? []).map(({ score }) => score));
  if (random === undefined) {
    found.push("No random policy was played for comparison.");
  } else if (mean - random.mean < 2 * Math.hypot(standardError, random.standardError)) {
    found.push("The evolved policy is not clearly better than a random one.");
  }
  return found;
}

/** What was learned in a dream that promises too much may be the dream's mistakes. */
function dreamFindings({ dreamedReturns }: ReportData): readonly string[] {
  const dreamed = summarise(dreamedReturns?.dreamed ?? []);
  const real = summarise(dreamedReturns?.real ?? []);
  if (dreamed === undefined || real === undefined) return [];
  const { verdict, sentence } = compareReturns(dreamed, real);
  return verdict === "overrates" ? [sentence] : [];
}

function learningFindings({ learning }: ReportData): readonly string[] {
  const evaluations = learning?.evaluations ?? [];
  const best = evaluations.reduce((top, { mean }) => Math.max(top, mean), -Infinity);
  const last = evaluations.at(-1);
  if (last === undefined || last.episodes < 2) return [];
  const error = last.sd / Math.sqrt(last.episodes);
  if (best - last.mean <= 2 * error) return [];
  return [
    `The last evaluation of the distribution mean, ${formatNumber(last.mean)}, is clearly below the best one, ${formatNumber(best)}: the search has got worse since.`,
  ];
}

/** Held-out values that have turned up again by more than a twentieth of their fall, while training went on to fall. */
function lossFindings({ name, train, heldOut = [] }: LossCurve): readonly string[] {
  const first = heldOut[0];
  const last = heldOut.at(-1);
  if (first === undefined || last === undefined) return [];
  const lowest = heldOut.reduce((low, point) => (point.value < low.value ? point : low));
  if (last.value - lowest.value <= 0.05 * (first.value - lowest.value)) return [];
  const later = summarise(train.filter(({ step }) => step > lowest.step).map(({ value }) => value));
  const earlier = summarise(train.filter(({ step }) => step <= lowest.step).map(({ value }) => value));
  if (later === undefined || earlier === undefined || later.median >= earlier.lowest) return [];
  return [
    `Held-out ${name} rose after step ${formatNumber(lowest.step)}, from ${formatNumber(lowest.value)} to ${formatNumber(last.value)}, while it fell in training: it fits what it was trained on, not more.`,
  ];
}

function missingParts(data: ReportData): readonly string[] {
  const parts = [
    ["the evolution of C", data.learning],
    ["the training of V", data.vision],
    ["the training of M", data.memory],
    ["dreams", data.dreams?.length === 0 ? undefined : data.dreams],
    ["a film", data.films?.length === 0 ? undefined : data.films],
  ] as const;
  const missing = parts.filter(([, part]) => part === undefined).map(([name]) => name);
  return missing.length === 0 ? [] : [`Not recorded in this run: ${missing.join(", ")}.`];
}
