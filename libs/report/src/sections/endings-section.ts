import { html, type Html } from "../html.js";
import { formatFixed, formatNumber } from "../numbers.js";
import { chart, legend } from "../plots/chart.js";
import type { EndingsData } from "../report-data.js";
import { facts, type Section } from "./section.js";

/** Ends of episodes as M foresees them, against those that came. */
export function endingsSection(data: EndingsData): Section {
  const { episodes, steps, ends, areaUnderRoc } = data;
  return {
    id: "endings",
    title: "Predicted and real ends",
    body: html`<p>
        M watches ${episodes} ${episodes === 1 ? "episode" : "episodes"} that it was not trained on, without
        dreaming, and says at every step how likely it is that the step ends the episode. ${ends} of ${steps}
        steps did.
      </p>
      ${facts([
        ["area under the ROC curve", formatFixed(areaUnderRoc, 3)],
        ["ends", String(ends)],
        ["share of steps that end an episode", formatNumber(ends / steps)],
      ])}
      <div class="charts">${rocChart(data)}${approachChart(data)}</div>
      <p class="muted">
        ${formatFixed(areaUnderRoc, 3)} is the probability that a step which ends an episode, drawn at random,
        is thought likelier to do so than one which does not; 0.5 is chance.
      </p>`,
  };
}

function rocChart({ roc, areaUnderRoc }: EndingsData): Html {
  return html`<figure>
    <figcaption><b>ROC curve</b>: ends foreseen against false alarms, for every threshold</figcaption>
    ${legend([
      { name: "M", colour: 2, kind: "stroke" },
      { name: "chance (dashed)", colour: 4, kind: "stroke" },
    ])}
    ${chart({
      title: `ROC curve of M's prediction of ends, with an area of ${formatFixed(areaUnderRoc, 3)} below it`,
      size: { width: 480, height: 320 },
      x: { label: "false alarms, share of steps that end nothing" },
      y: { label: "ends foreseen, share", include: [0, 1] },
      lines: [
        {
          name: "chance",
          colour: 4,
          dashed: true,
          points: [
            { x: 0, y: 0 },
            { x: 1, y: 1 },
          ],
        },
        {
          name: "M",
          colour: 2,
          points: roc.map(({ falsePositiveRate, truePositiveRate }) => ({
            x: falsePositiveRate,
            y: truePositiveRate,
          })),
        },
      ],
    })}
  </figure>`;
}

function approachChart({ approach, elsewhere }: EndingsData): Html {
  const ascending = approach.map((point) => ({
    ...point,
    x: point.stepsBefore === 0 ? 0 : -point.stepsBefore,
  }));
  return html`<figure>
    <figcaption><b>Before an end</b>: the probability that M gives to an end within the next step</figcaption>
    ${legend([
      { name: "median", colour: 2, kind: "stroke" },
      { name: "quartiles", colour: 2, kind: "area" },
      ...(elsewhere === undefined
        ? []
        : [{ name: "mean at all other times (dashed)", colour: 1, kind: "stroke" } as const]),
    ])}
    ${chart({
      title: `Predicted probability of an end over the steps before a real one: ${formatNumber(approach.at(-1)?.median ?? NaN)} at the last step, median`,
      size: { width: 480, height: 320 },
      x: { label: "steps to the end of the episode (0: the last step)" },
      y: { label: "predicted probability of an end", include: [0] },
      guides: [{ y: 0.5, label: "above it a dream ends, unless it is told otherwise" }],
      bands: [
        {
          name: "quartiles",
          colour: 2,
          points: ascending.map(({ x, lower, upper }) => ({ x, low: lower, high: upper })),
        },
      ],
      lines: [
        ...(elsewhere === undefined
          ? []
          : [
              {
                name: "elsewhere",
                colour: 1,
                dashed: true,
                points: [ascending.at(0), ascending.at(-1)].flatMap((point) =>
                  point === undefined ? [] : [{ x: point.x, y: elsewhere }],
                ),
              } as const,
            ]),
        { name: "median", colour: 2, points: ascending.map(({ x, median }) => ({ x, y: median })) },
      ],
      tooltips: ascending.map(({ x, lower, median, upper, stepsBefore }) => ({
        x,
        text: `${stepsBefore} steps before: ${formatNumber(median)} (${formatNumber(lower)} to ${formatNumber(upper)})`,
      })),
    })}
  </figure>`;
}
