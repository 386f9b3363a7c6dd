import { html } from "../html.js";
import { formatNumber, summarise, type Summary } from "../numbers.js";
import { legend } from "../plots/chart.js";
import { stackedHistograms } from "../plots/stacked-histograms.js";
import type { DreamedReturnsData } from "../report-data.js";
import { facts, type Section } from "./section.js";

/** What the dream promised of a controller, against what the game gave it. */
export function dreamedReturnsSection(data: DreamedReturnsData): Section {
  const dreamed = summarise(data.dreamed);
  const real = summarise(data.real);
  return {
    id: "dreamed-returns",
    title: "Returns in the dream and in the game",
    body:
      dreamed === undefined || real === undefined
        ? html`<p class="muted">There are no episodes to compare.</p>`
        : html`<p>
              The same controller in the dream that it was evolved in and in the game, over episodes that it
              has met in neither. A controller that has learned to exploit what M gets wrong does well above
              and badly below.
            </p>
            ${facts([
              [`mean in the dream (${data.dream})`, meanAndSd(dreamed)],
              [`mean in the game (${data.game})`, meanAndSd(real)],
              ["dream / game", ratioOf(dreamed, real)],
            ])}
            ${legend([
              { name: `in the dream, ${dreamed.count} episodes`, colour: 2, kind: "area" },
              { name: `in the game, ${real.count} episodes`, colour: 1, kind: "area" },
            ])}
            <div class="scroll wide">
              ${stackedHistograms({
                title: `Histograms of the returns of one controller: in the dream above, mean ${formatNumber(dreamed.mean)}; in the game below, mean ${formatNumber(real.mean)}`,
                xLabel: "return of an episode",
                yLabel: "episodes",
                rows: [
                  { name: "in the dream", colour: 2, values: data.dreamed },
                  { name: "in the game", colour: 1, values: data.real },
                ],
              })}
            </div>
            <p>${compareReturns(dreamed, real).sentence}</p>`,
  };
}

/** Whether the dream thinks too well of the controller, too badly, or neither beyond two standard errors; in a sentence. */
export function compareReturns(
  dreamed: Summary,
  real: Summary,
): { readonly verdict: "overrates" | "underrates" | "agrees"; readonly sentence: string } {
  const difference = dreamed.mean - real.mean;
  const size = formatNumber(Math.abs(difference));
  const uncertainty = 2 * Math.hypot(dreamed.standardError, real.standardError);
  const within = `± ${formatNumber(uncertainty)}, two standard errors`;
  if (Math.abs(difference) <= uncertainty) {
    return {
      verdict: "agrees",
      sentence: `The dream judges this controller as the game does, as far as so many episodes can tell: the means differ by ${size} (${within}).`,
    };
  }
  const verdict = difference > 0 ? "overrates" : "underrates";
  const share =
    real.mean > 0 ? `, ${formatNumber((100 * Math.abs(difference)) / real.mean)} % of the game's mean` : "";
  return { verdict, sentence: `The dream ${verdict} this controller by ${size}${share} (${within}).` };
}

function meanAndSd({ mean, sd }: Summary): string {
  return `${formatNumber(mean)} ± ${formatNumber(sd)}`;
}

/** A ratio says something only where both means are above zero. */
function ratioOf(dreamed: Summary, real: Summary): string {
  return dreamed.mean > 0 && real.mean > 0
    ? formatNumber(dreamed.mean / real.mean)
    : "none, as not both are above 0";
}
