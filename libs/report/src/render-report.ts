import { html, type Html } from "./html.js";
import { htmlPage } from "./html-page.js";
import type { ReportData } from "./report-data.js";
import { dreamedReturnsSection } from "./sections/dreamed-returns-section.js";
import { endingsSection } from "./sections/endings-section.js";
import { filmSection } from "./sections/film-section.js";
import { findings } from "./sections/findings.js";
import { learningSection } from "./sections/learning-section.js";
import { dreamSection, memorySection } from "./sections/memory-section.js";
import { headline, scoresSection } from "./sections/result-section.js";
import { partingSection } from "./sections/parting-section.js";
import { configurationSection, reproduceSection, timingSection } from "./sections/run-sections.js";
import type { Section } from "./sections/section.js";
import { visionSection } from "./sections/vision-section.js";

/**
 * The report of a run as one HTML file that asks nothing of any network: style, plots, pictures and the player are inside.
 * Light or dark as the reader's system is, readable on a phone and on paper.
 *
 * @returns the whole document; under about 6 MB, as the film gives up frames before it grows larger
 * @throws DomainError `invalid-argument` where pictures and their shapes do not agree
 */
export function renderReport(data: ReportData): string {
  const sections = reportSections(data);
  return htmlPage({
    title: data.title,
    header: html`<p class="kicker">
        World Models ·
        <code>${data.run}</code>${data.finishedAt === undefined ? undefined : ` · ${data.finishedAt}`}
      </p>
      <h1>${data.title}</h1>
      ${data.result && headline(data.result)} ${findingsBox(findings(data))}`,
    sections,
  });
}

function reportSections(data: ReportData): readonly Section[] {
  const { result, learning, vision, memory, dreams = [], films = [], timings, settings } = data;
  const sections = [
    films.length > 0 ? filmSection(films) : undefined,
    learning && learningSection(learning, result?.target),
    result && scoresSection(result),
    data.dreamedReturns && dreamedReturnsSection(data.dreamedReturns),
    vision && visionSection(vision),
    memory && memorySection(memory),
    dreams.length > 0 ? dreamSection(dreams) : undefined,
    data.parting && partingSection(data.parting),
    data.endings && endingsSection(data.endings),
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
