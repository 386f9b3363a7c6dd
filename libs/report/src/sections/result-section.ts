import { html, type Html } from "../html.js";
import { formatNumber, summarise } from "../numbers.js";
import { histogram } from "../plots/histogram.js";
import { legend } from "../plots/chart.js";
import type { ResultData, TrackScore } from "../report-data.js";
import { facts, type Section } from "./section.js";

/** The number that a reader came for, with the random policy and the published result beside it. */
export function headline(result: ResultData): Html {
  const evolved = summarise(result.scores.map(({ score }) => score));
  if (evolved === undefined) return html`<p class="muted">The evaluation has no episodes.</p>`;
  const random = summarise((result.random ?? []).map(({ score }) => score));
  const { published } = result;
  return html`<div class="headline">
    <div class="number main">
      <b>${formatNumber(evolved.mean)}</b> <span>± ${formatNumber(evolved.sd)}</span>
      <p>mean ± standard deviation over ${evolved.count} unseen tracks</p>
    </div>
    ${
      random &&
      html`<div class="number">
        <b>${formatNumber(random.mean)}</b> <span>± ${formatNumber(random.sd)}</span>
        <p>random policy, ${random.count} tracks</p>
      </div>`
    }
    ${
      published &&
      html`<div class="number">
        <b>${formatNumber(published.mean)}</b> <span>± ${formatNumber(published.sd)}</span>
        <p>${published.label}</p>
      </div>`
    }
  </div>`;
}

/** Every track's score, as a histogram and as a table. */
export function scoresSection(result: ResultData): Section {
  const scores = result.scores.map(({ score }) => score);
  const random = (result.random ?? []).map(({ score }) => score);
  const summary = summarise(scores);
  const { target } = result;
  const groups = [
    { name: "evolved", colour: 1 as const, values: scores },
    ...(random.length > 0 ? [{ name: "random policy", colour: 4 as const, values: random }] : []),
  ];
  return {
    id: "scores",
    title: "Scores, track by track",
    body: html`${
      summary &&
      facts([
        ["median", formatNumber(summary.median)],
        ["worst to best", `${formatNumber(summary.lowest)} to ${formatNumber(summary.highest)}`],
        ["standard error of the mean", formatNumber(summary.standardError)],
        ...(target === undefined
          ? []
          : [[`episodes of ${formatNumber(target)} or more`, shareReaching(scores, target)] as const]),
      ])
    }
    ${legend(groups.map(({ name, colour }) => ({ name, colour, kind: "area" })))}
    ${histogram({
      title: "Histogram of the scores",
      xLabel: "score of an episode",
      groups,
      ...(target === undefined ? {} : { mark: { x: target, label: `target ${formatNumber(target)}` } }),
    })}
    ${scoreTable(result)}`,
  };
}

function shareReaching(scores: readonly number[], target: number): string {
  const reached = scores.filter((score) => score >= target).length;
  return `${reached} of ${scores.length}`;
}

function scoreTable({ scores, random = [], target }: ResultData): Html {
  const randomBySeed = new Map(random.map((row) => [row.seed, row]));
  const hasEndings = scores.some(({ ending }) => ending !== undefined);
  const hasRandom = scores.some(({ seed }) => randomBySeed.has(seed));
  const row = ({ seed, score, steps, ending }: TrackScore) => {
    const below = target !== undefined && score < target;
    const drivenAtRandom = randomBySeed.get(seed);
    return html`<tr>
      <td>${String(seed)}</td>
      <td class="${below ? "below" : "reached"}">${score.toFixed(1)}</td>
      <td>${String(steps)}</td>
      ${
        hasEndings ? html`<td class="text">${ending}</td>` : undefined
      }${hasRandom ? html`<td>${drivenAtRandom?.score.toFixed(1)}</td>` : undefined}
    </tr>`;
  };
  return html`<details>
    <summary>All ${String(scores.length)} tracks</summary>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>track seed</th>
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
