import { html } from "../html.js";
import { formatCompact, formatNumber } from "../numbers.js";
import { chart, legend, type ChartSpec } from "../plots/chart.js";
import { linearScale } from "../plots/scale.js";
import type { EvaluationPoint, GenerationPoint, LearningData } from "../report-data.js";
import { facts, type Section } from "./section.js";

const MOST_TOOLTIPS = 150;

/** How C got better: each generation's population, and the distribution mean in held-out episodes. */
export function learningSection({ env, generations, evaluations }: LearningData, target?: number): Section {
  const best = evaluations.reduce<EvaluationPoint | undefined>(
    (top, point) => (top === undefined || point.mean > top.mean ? point : top),
    undefined,
  );
  const last = generations.at(-1);
  return {
    id: "learning",
    title: "Learning of C",
    body: html`${facts([
        ...(env === undefined ? [] : [["evolved in", env] as const]),
        ["generations", last === undefined ? "none" : formatNumber(last.generation)],
        ["environment steps", last === undefined ? "none" : formatCompact(last.environmentSteps)],
        [
          "best evaluation of the mean",
          best === undefined
            ? "none"
            : `${formatNumber(best.mean)} at generation ${formatNumber(best.generation)}`,
        ],
      ])}
      ${legend([
        { name: "population, worst to best", colour: 4, kind: "area" },
        { name: "population mean", colour: 4, kind: "stroke" },
        { name: "distribution mean in held-out episodes, ± standard error", colour: 1, kind: "stroke" },
      ])}
      <div class="scroll wide">${chart(learningChart(generations, evaluations, target))}</div>
      ${legend([{ name: "sigma, the step size of the search", colour: 2, kind: "stroke" }])}
      <div class="scroll wide">
        ${chart({
          title: "Step size of the search against environment steps",
          size: { width: 760, height: 150 },
          x: { label: "environment steps", format: formatCompact },
          y: { label: "sigma", include: [0] },
          lines: [
            {
              name: "sigma",
              colour: 2,
              points: generations.map(({ environmentSteps, sigma }) => ({ x: environmentSteps, y: sigma })),
            },
          ],
        })}
      </div>
      <p class="muted">
        The distribution mean is what is shipped. It can be far better than the average of its samples, each
        of which is the mean plus noise.
      </p>`,
  };
}

function learningChart(
  generations: readonly GenerationPoint[],
  evaluations: readonly EvaluationPoint[],
  target: number | undefined,
): ChartSpec {
  const byX = <T extends { readonly environmentSteps: number }>(points: readonly T[]) =>
    points.map((point) => ({ ...point, x: point.environmentSteps }));
  const dots = byX(evaluations).map((point) => ({
    x: point.x,
    y: point.mean,
    error: point.sd / Math.sqrt(point.episodes),
    tooltip: `distribution mean after generation ${formatNumber(point.generation)}: ${formatNumber(point.mean)} ± ${formatNumber(point.sd)} over ${point.episodes} episodes`,
  }));
  const stride = Math.ceil(generations.length / MOST_TOOLTIPS);
  return {
    title: "Score of the population and of the distribution mean against environment steps",
    size: { width: 760, height: 360 },
    x: { label: "environment steps", format: formatCompact },
    y: { label: "score", ...(target === undefined ? {} : { include: [target] }) },
    bands: [
      {
        name: "population",
        colour: 4,
        points: byX(generations).map(({ x, lowest, highest }) => ({ x, low: lowest, high: highest })),
      },
    ],
    lines: [
      { name: "population mean", colour: 4, points: byX(generations).map(({ x, mean }) => ({ x, y: mean })) },
      { name: "distribution mean", colour: 1, points: dots },
    ],
    dots: [{ name: "distribution mean", colour: 1, points: dots }],
    ...(target === undefined ? {} : { guides: [{ y: target, label: `target ${formatNumber(target)}` }] }),
    marks: phaseChanges(generations),
    tooltips: generations
      .filter((_, i) => i % stride === 0)
      .map(({ generation, environmentSteps, lowest, mean, highest, sigma }) => ({
        x: environmentSteps,
        text: `generation ${formatNumber(generation)}, ${formatCompact(environmentSteps)} steps: population ${formatNumber(lowest)} to ${formatNumber(highest)}, mean ${formatNumber(mean)}, sigma ${formatNumber(sigma)}`,
      })),
    above: { label: "generation", ticks: generationTicks(generations) },
  };
}

function phaseChanges(generations: readonly GenerationPoint[]): NonNullable<ChartSpec["marks"]> {
  return generations.flatMap((point, i) => {
    const before = generations[i - 1];
    if (before === undefined || point.phase === undefined || point.phase === before.phase) return [];
    return [{ x: before.environmentSteps, label: point.phase }];
  });
}

/** Round generations, where their steps lie: generations take unequal numbers of steps. */
function generationTicks(
  generations: readonly GenerationPoint[],
): { readonly x: number; readonly text: string }[] {
  const first = generations[0];
  const last = generations.at(-1);
  if (first === undefined || last === undefined) return [];
  const { ticks } = linearScale(
    { low: first.generation, high: last.generation },
    { from: 0, to: 1 },
    { tickCount: 8 },
  );
  return ticks.flatMap((tick) => {
    const point = generations.find(({ generation }) => generation === tick);
    return point === undefined ? [] : [{ x: point.environmentSteps, text: formatNumber(tick) }];
  });
}
