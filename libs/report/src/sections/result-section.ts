import { html, type Html } from "../html.js";
import { formatFixed, formatNumber, summarise } from "../numbers.js";
import { histogram } from "../plots/histogram.js";
import type { ResultData, EpisodeScore } from "../report-data.js";
import { facts, type Section } from "./section.js";

/** The number that a reader came for, with the random policy and the published result beside it. */
export function headline(result: ResultData): Html {
  const evolved = summarise(result.scores.map(({ score }) => score));
  if (evolved === undefined) return html`<p class="muted">The evaluation has no episodes.</p>`;
  const random = summarise((result.random ?? []).map(({ score }) => score));
  const { published } = result;
  return html`<div class="headline">
    <div class="number main">
      ${meanAndSd(evolved)}
      <p>mean ± standard deviation over ${evolved.count} unseen episodes</p>
    </div>
    ${
      random &&
      html`<div class="number">
        ${meanAndSd(random)}
        <p>random policy, ${random.count} episodes</p>
      </div>`
    }
    ${
      published &&
      html`<div class="number">
        ${meanAndSd(published)}
        <p>${published.label}</p>
      </div>`
    }
  </div>`;
}

function meanAndSd({ mean, sd }: { readonly mean: number; readonly sd: number }): Html {
  const places = Math.abs(mean) >= 100 ? 0 : 1;
  return html`<b>${formatFixed(mean, places)}</b> <span>± ${formatFixed(sd, places)}</span>`;
}

/** Every episode's score, as a histogram and as a table. */
export function scoresSection(result: ResultData): Section {
  const scores = result.scores.map(({ score }) => score);
  const summary = summarise(scores);
  const { target } = result;
  return {
    id: "scores",
    title: "Scores, episode by episode",
    body: html`${
        summary &&
        facts([
          ["median", formatNumber(summary.median)],
          ["worst to best", `${formatNumber(summary.lowest)} to ${formatNumber(summary.highest)}`],
          ["standard error of the mean", formatNumber(summary.standardError)],
          ...(target === undefined
            ? []
            : [[`episodes of ${formatNumber(target)} or more`, shareReaching(scores, target)] as const]),
          ...endingCounts(result.scores),
        ])
      }
      <div class="scroll wide">
        ${histogram({
          title: "Histogram of the scores",
          xLabel: "score of an episode",
          values: scores,
          ...(target === undefined ? {} : { mark: { x: target, label: `target ${formatNumber(target)}` } }),
        })}
      </div>
      ${scoreTable(result)}`,
  };
}

function shareReaching(scores: readonly number[], target: number): string {
  const reached = scores.filter((score) => score >= target).length;
  return `${reached} of ${scores.length}`;
}

function endingCounts(scores: readonly EpisodeScore[]): readonly (readonly [string, string])[] {
  const counts = new Map<string, number>();
  for (const { ending } of scores)
    if (ending !== undefined) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([ending, count]) => [ending, String(count)]);
}

function scoreTable({ scores, random = [], target }: ResultData): Html {
  const randomBySeed = new Map(random.map((row) => [row.seed, row]));
  const hasEndings = scores.some(({ ending }) => ending !== undefined);
  const hasRandom = scores.some(({ seed }) => randomBySeed.has(seed));
  const row = ({ seed, score, steps, ending }: EpisodeScore) => {
    const below = target !== undefined && score < target;
    const playedAtRandom = randomBySeed.get(seed);
    return html`<tr>
      <td>${String(seed)}</td>
      <td class="${below ? "below" : "reached"}">${formatFixed(score, 1)}</td>
      <td>${String(steps)}</td>
      ${
        hasEndings ? html`<td class="text">${ending}</td>` : undefined
      }${hasRandom ? html`<td>${playedAtRandom && formatFixed(playedAtRandom.score, 1)}</td>` : undefined}
    </tr>`;
  };
  return html`<details>
    <summary>All ${String(scores.length)} episodes</summary>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>seed</th>
            <th>score</th>
            <th>steps</th>
            ${hasEndings ? html`<th class="text">ending</th>` : undefined}${hasRandom ? html`<th>random policy</th>` : undefined}
          </tr>
        </thead>
        <tbody>
          ${scores.map(row)}
        </tbody>
      </table>
    </div>
  </details>`;
}
