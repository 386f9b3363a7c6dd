import { html, type Html, type HtmlValue } from "../html.js";
import { formatCompact, formatDuration, formatFixed } from "../numbers.js";
import type { Section } from "../sections/section.js";
import { hasFigures, type SweepData, type SweepDataRow, type SweepFigures } from "./sweep-data.js";
import { estimates, groupBy, shortName } from "./sweep-series.js";
import type { Estimate } from "./estimate.js";

/** Each point with its scores, or why it has none. */
export function pointsSection({ axes, rows, points }: SweepData): Section {
  const left = points - rows.length;
  const heads = [
    ...[...axes.map(shortName), "seed", "real: mean ± sd", "dream: mean ± sd", "random policy", "episodes"],
    ...["steps of evolution", "time of all stages", ""],
  ];
  return {
    id: "points",
    title: "Every point",
    body: html`${table(
        heads,
        rows.map((row) => pointRow(axes, row)),
      )}
      <p class="muted">
        ± is the standard deviation over a run's episodes. Times include the stages that points share, which
        ran once.${left > 0 ? ` ${left} of ${points} points have not run yet.` : ""}
      </p>`,
  };
}

/** Runs that differ by their seed only, together; nothing where there are no such. */
export function seedsSection({ axes, rows }: SweepData): Section | undefined {
  const groups = groupBy(rows.filter(hasFigures), ({ settings }) => JSON.stringify(settings));
  if (groups.every(([, runs]) => runs.length < 2)) return undefined;
  return {
    id: "over-seeds",
    title: "Over the seeds",
    body: html`${table(
        [...axes.map(shortName), "seeds", "real: mean ± 95 %", "dream: mean ± 95 %"],
        groups.map(([, runs]) => {
          const { real, dream } = estimates(runs);
          const values = axes.map((axis) => String(runs[0]?.settings[axis]));
          return [...values, String(runs.length), interval(real), interval(dream)].map(cell);
        }),
      )}
      <p class="muted">
        Half the length of a 95 % interval (Student's t) over the seeds; where a line has one seed, over its
        episodes.
      </p>`,
  };
}

/** How to make the sweep, or one point of it, again. */
export function commandsSection({ command, rows }: SweepData): Section {
  return {
    id: "reproduce",
    title: "How to make it again",
    body: html`<pre><code>${command}</code></pre>
      <details>
        <summary>Each point alone</summary>
        <pre><code>${rows.map((row) => row.command).join("\n")}</code></pre>
      </details>`,
  };
}

function pointRow(axes: readonly string[], row: SweepDataRow): readonly Html[] {
  const head = [...axes.map((axis) => String(row.settings[axis])), String(row.seed)].map(cell);
  if (!hasFigures(row)) return [...head, html`<td class="text below" colspan="7">${row.error}</td>`];
  const figures: SweepFigures = row;
  const { dreamMean, dreamSd } = figures;
  const cells = [
    meanAndSd(figures.realMean, figures.realSd),
    dreamMean === null || dreamSd === null ? "–" : meanAndSd(dreamMean, dreamSd),
    formatFixed(figures.randomMean, 1),
    String(figures.episodes),
    formatCompact(figures.environmentSteps),
    formatDuration(figures.wallSeconds),
    html`<a href="${row.report}">report</a>`,
  ];
  return [...head, ...cells.map(cell)];
}

function table(heads: readonly string[], rows: readonly (readonly Html[])[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th>${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function cell(value: HtmlValue): Html {
  return html`<td>${value}</td>`;
}

function interval(estimate: Estimate | undefined): string {
  if (estimate === undefined) return "–";
  const { mean, half } = estimate;
  return half === undefined ? formatFixed(mean, 1) : meanAndSd(mean, half);
}

function meanAndSd(mean: number, sd: number): string {
  return `${formatFixed(mean, 1)} ± ${formatFixed(sd, 1)}`;
}
