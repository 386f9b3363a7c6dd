import { html } from "../html.js";
import { formatNumber } from "../numbers.js";
import { chart, legend, type Colour } from "../plots/chart.js";
import type { PartingData, Quartiles } from "../report-data.js";
import { facts, type Section } from "./section.js";

/** How far a dream goes from the game, step by step. */
export function partingSection(data: PartingData): Section {
  const { moments, episodes, temperature, activeDims, latentDim, dreamed, still, unrelated } = data;
  return {
    id: "parting",
    title: "Where the dream and the game part",
    body: html`<p>
        M watches episodes that it was not trained on, up to ${moments} moments in ${episodes}
        ${episodes === 1 ? "episode" : "episodes"}, and dreams on from each at temperature
        ${formatNumber(temperature)} with the actions that were really taken. How far is the z that it expects
        next from the z that came? The dashed line is no dream at all: z stays as it was.
      </p>
      ${facts([
        ["distance after 1 step", atStep(dreamed, 1)],
        [`after ${dreamed.length} steps`, atStep(dreamed, dreamed.length)],
        ["two frames at random", formatNumber(unrelated.median)],
        ["latent dimensions in use", `${activeDims} of ${latentDim}`],
      ])}
      ${legend([
        { name: "dream, median", colour: 2, kind: "stroke" },
        { name: "dream, quartiles", colour: 2, kind: "area" },
        { name: "z stays as it is (dashed), median", colour: 1, kind: "stroke" },
        { name: "quartiles", colour: 1, kind: "area" },
        { name: "two frames at random, quartiles", colour: 4, kind: "area" },
      ])}
      <div class="scroll wide">
        ${chart({
          title: `Distance between expected and real latents against the number of dreamed steps: median ${atStep(dreamed, 1)} after one step, ${atStep(dreamed, dreamed.length)} after ${dreamed.length}; two random frames are ${formatNumber(unrelated.median)} apart`,
          size: { width: 760, height: 320 },
          x: { label: "steps dreamed", include: [0] },
          y: { label: "RMS distance of z (latent units)", include: [0] },
          bands: [
            {
              name: "two frames at random",
              colour: 4,
              points: [0, dreamed.length].map((x) => ({ x, low: unrelated.lower, high: unrelated.upper })),
            },
            bandOf("z stays as it is", 1, still),
            bandOf("dream", 2, dreamed),
          ],
          lines: [{ ...lineOf("z stays as it is", 1, still), dashed: true }, lineOf("dream", 2, dreamed)],
          guides: [{ y: unrelated.median, label: "two frames at random, median" }],
          tooltips: dreamed.map((distance, k) => ({
            x: k + 1,
            text: `after ${k + 1}: dream ${withQuartiles(distance)}; z as it was ${withQuartiles(still[k])}`,
          })),
        })}
      </div>
      <p>${describeParting(data)}</p>`,
  };
}

/** One sentence or two: from when on the dream is no better than standing still, and than a random frame. */
export function describeParting({ dreamed, still, unrelated }: PartingData): string {
  const ahead = dreamed.map(({ median }, k) => median < (still[k]?.median ?? -Infinity));
  const firstAhead = ahead.indexOf(true);
  const lost = dreamed.findIndex(({ median }) => median >= unrelated.median);
  const against =
    firstAhead === -1
      ? "At no step is the dream nearer to the game than the last frame seen."
      : ahead.every(Boolean)
        ? "The dream is nearer to the game than the last frame seen, at every step."
        : `The dream is nearer to the game than the last frame seen at ${ahead.filter(Boolean).length} of ${ahead.length} steps, first after ${firstAhead + 1}.`;
  const apart =
    lost === -1
      ? `After ${dreamed.length} steps it still knows more of the game than a frame drawn at random.`
      : `After ${lost + 1} ${lost === 0 ? "step" : "steps"} it is as far from the game as a frame drawn at random.`;
  return `${against} ${apart}`;
}

function lineOf(name: string, colour: Colour, distances: readonly Quartiles[]) {
  return { name, colour, points: distances.map(({ median }, k) => ({ x: k + 1, y: median })) };
}

function bandOf(name: string, colour: Colour, distances: readonly Quartiles[]) {
  return {
    name,
    colour,
    points: distances.map(({ lower, upper }, k) => ({ x: k + 1, low: lower, high: upper })),
  };
}

function atStep(distances: readonly Quartiles[], step: number): string {
  return formatNumber(distances[step - 1]?.median ?? NaN);
}

function withQuartiles(distance: Quartiles | undefined): string {
  if (distance === undefined) return "unknown";
  const { lower, median, upper } = distance;
  return `${formatNumber(median)} (${formatNumber(lower)} to ${formatNumber(upper)})`;
}
