import { html, trustedHtml, type Html } from "./html.js";
import type { ReportData } from "./report-data.js";
import { filmSection } from "./sections/film-section.js";
import { findings } from "./sections/findings.js";
import { learningSection } from "./sections/learning-section.js";
import { dreamSection, memorySection } from "./sections/memory-section.js";
import { headline, scoresSection } from "./sections/result-section.js";
import { configurationSection, reproduceSection, timingSection } from "./sections/run-sections.js";
import { renderSection, type Section } from "./sections/section.js";
import { visionSection } from "./sections/vision-section.js";
import { styleSheet } from "./style-sheet.js";

/**
 * The report of a run as one HTML file that asks nothing of any network: style, plots, pictures and the player are inside.
 * Light or dark as the reader's system is, readable on a phone and on paper.
 *
 * @returns the whole document; under about 6 MB, as the film gives up frames before it grows larger
 * @throws DomainError `invalid-argument` where pictures and their shapes do not agree
 */
export function renderReport(data: ReportData): string {
  const sections = reportSections(data);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${data.title}: World Models</title>
        <link rel="icon" href="data:," />
        <style>
          ${trustedHtml(styleSheet)}
        </style>
      </head>
      <body>
        <header>
          <p class="kicker">
            World Models ·
            <code>${data.run}</code>${data.finishedAt === undefined ? undefined : ` · ${data.finishedAt}`}
          </p>
          <h1>${data.title}</h1>
          ${data.result && headline(data.result)} ${findingsBox(findings(data))}
          <nav>${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `)}</nav>
        </header>
        <main>${sections.map(renderSection)}</main>
        <script>
          addEventListener("beforeprint", () =>
            document.querySelectorAll("details").forEach((part) => {
              part.open = true;
            }),
          );
        </script>
      </body>
    </html> `.text;
}

function reportSections(data: ReportData): readonly Section[] {
  const { result, learning, vision, memory, dreams = [], film, timings, settings } = data;
  const sections = [
    film && filmSection(film),
    learning && learningSection(learning, result?.target),
    result && scoresSection(result),
    vision && visionSection(vision),
    memory && memorySection(memory),
    dreams.length > 0 ? dreamSection(dreams) : undefined,
    timings && timingSection(timings),
    (data.reproduce ?? data.seeds ?? data.environment) ? reproduceSection(data) : undefined,
    settings && configurationSection(settings),
  ];
  return sections.filter((section) => section !== undefined);
}

function findingsBox(sentences: readonly string[]): Html | undefined {
  if (sentences.length === 0) return undefined;
  return html`<aside>
    <h2>What to hold against it</h2>
    <ul>
      ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
  </aside>`;
}
