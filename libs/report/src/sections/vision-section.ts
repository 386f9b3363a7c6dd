import { DomainError } from "@worldmodels/errors";
import { html, type Html } from "../html.js";
import { encodePng, pictureAt } from "../images/png.js";
import type { Pictures, VisionData } from "../report-data.js";
import { lossCharts } from "./loss-charts.js";
import type { Section } from "./section.js";

const MOST_PAIRS = 24;

/** How V learned, and what it makes of frames that it has not seen. */
export function visionSection({ losses, frames, reconstructions }: VisionData): Section {
  return {
    id: "vision",
    title: "V: the vision model",
    body: html`${losses.length > 0 ? lossCharts(losses) : undefined}
    ${
      frames === undefined || reconstructions === undefined
        ? html`<p class="muted">No reconstructions were recorded.</p>`
        : reconstructionGrid(frames, reconstructions)
    }`,
  };
}

function reconstructionGrid(frames: Pictures, reconstructions: Pictures): Html {
  const { count, width, height } = frames;
  if (
    reconstructions.count !== count ||
    reconstructions.width !== width ||
    reconstructions.height !== height
  ) {
    throw new DomainError(
      "invalid-argument",
      `the report was given ${count} frames of ${width} x ${height} and ${reconstructions.count} reconstructions of ${reconstructions.width} x ${reconstructions.height}; they must be pairs`,
    );
  }
  const shown = Math.min(count, MOST_PAIRS);
  const pairs = Array.from({ length: shown }, (_, k) => {
    const pair = new Uint8Array(2 * width * height * 3);
    pair.set(pictureAt(frames, k).data);
    pair.set(pictureAt(reconstructions, k).data, width * height * 3);
    const { uri } = encodePng(pair, width, 2 * height);
    return html`<img
      class="pixels"
      src="${uri}"
      width="${width}"
      height="${2 * height}"
      alt="Frame ${k + 1} above, its reconstruction below"
    />`;
  });
  return html`<p>
      Above: frames that V was not trained on. Below: what is left of them after V's
      latent.${shown < count ? ` The first ${shown} of ${count}.` : ""}
    </p>
    <div class="pairs">${pairs}</div>`;
}
