import { html, type Html } from "../html.js";
import { pictureSheet } from "../images/png.js";
import type { DreamData, MemoryData, Pictures } from "../report-data.js";
import { lossCharts } from "./loss-charts.js";
import type { Section } from "./section.js";

/** How M learned. */
export function memorySection({ losses }: MemoryData): Section {
  return { id: "memory", title: "M: the memory", body: lossCharts(losses) };
}

/** What M dreams, beside what really followed. */
export function dreamSection(dreams: readonly DreamData[]): Section {
  return {
    id: "dreams",
    title: "Dreams",
    body: html`<p>
        Each strip starts from the same moment and is given the same actions. Above: what really followed.
        Below: what M dreamed, at rising temperatures τ; a higher one makes it less certain.
      </p>
      ${dreams.map(dreamStrips)}`,
  };
}

function dreamStrips({ label, stepsApart, real, dreamed }: DreamData): Html {
  const apart = stepsApart === 1 ? "every step" : `every ${stepsApart} steps`;
  return html`<figure class="strips">
    <figcaption><b>${label}</b>, ${apart}, from left to right</figcaption>
    <div class="scroll">
      <div class="strip-rows">
        ${stripRow("real", real)}
        ${dreamed.map(({ temperature, pictures }) => stripRow(`τ = ${temperature.toFixed(2).replace(/0$/, "")}`, pictures))}
      </div>
    </div>
  </figure>`;
}

function stripRow(name: string, pictures: Pictures): Html {
  const { uri, width, height } = pictureSheet(pictures, pictures.count);
  return html`<span>${name}</span
    ><img
      class="pixels"
      src="${uri}"
      width="${width}"
      height="${height}"
      alt="${name}: ${pictures.count} pictures"
    />`;
}
