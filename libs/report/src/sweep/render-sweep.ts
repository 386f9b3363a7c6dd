import { html } from "../html.js";
import { htmlPage } from "../html-page.js";
import { sweepCharts } from "./sweep-charts.js";
import type { SweepData } from "./sweep-data.js";
import { commandsSection, pointsSection, seedsSection } from "./sweep-tables.js";

/** The page of a sweep as one HTML file: its charts, its table, and links to the reports of its runs. */
export function renderSweep(data: SweepData): string {
  const { title, axes, rows, points } = data;
  const sections = [...sweepCharts(data), seedsSection(data), pointsSection(data), commandsSection(data)];
  return htmlPage({
    title,
    header: html`<p class="kicker">World Models · ${rows.length} of ${points} points</p>
      <h1>${title}${axes.length > 0 ? ` over ${axes.join(", ")}` : ""}</h1>`,
    sections: sections.filter((section) => section !== undefined),
  });
}
