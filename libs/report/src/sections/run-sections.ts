import { html, type Html } from "../html.js";
import { formatDuration } from "../numbers.js";
import type { SettingRow, StageTiming } from "../report-data.js";
import type { Section } from "./section.js";

/** Where the time went, one bar per stage. */
export function timingSection(timings: readonly StageTiming[]): Section {
  const longest = timings.reduce((most, { seconds }) => Math.max(most, seconds), 0);
  const total = timings.reduce((sum, { seconds }) => sum + seconds, 0);
  const share = (seconds: number) => (longest === 0 ? 0 : (100 * seconds) / longest);
  return {
    id: "time",
    title: "Where the time went",
    body: html`<div class="bars">
      ${timings.map(
        ({ stage, seconds, note }) =>
          html`<span>${stage}</span><i><b style="width:${share(seconds).toFixed(1)}%"></b></i
            ><span
              >${formatDuration(seconds)}${note === undefined ? undefined : html` <small>${note}</small>`}</span
            >`,
      )}<span><b>total</b></span
      ><i></i><span><b>${formatDuration(total)}</b></span>
    </div>`,
  };
}

/** The commands that make this run again, its seeds and what it ran on. */
export function reproduceSection(parts: {
  readonly reproduce?: readonly string[];
  readonly seeds?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}): Section {
  const { reproduce = [], seeds = {}, environment = {} } = parts;
  return {
    id: "reproduce",
    title: "How to make it again",
    body: html`${reproduce.length > 0 ? html`<pre><code>${reproduce.join("\n")}</code></pre>` : undefined}
      <div class="columns">
        ${pairTable("Seeds", seeds)}${pairTable("Software and machine", environment)}
      </div>`,
  };
}

function pairTable(title: string, pairs: Readonly<Record<string, string>>): Html | undefined {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return undefined;
  return html`<div class="scroll">
    <h3>${title}</h3>
    <table>
      <tbody>
        ${entries.map(
          ([name, value]) =>
            html`<tr>
              <th class="text">${name}</th>
              <td class="text">${value}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Every setting, those that were given on the command line marked. */
export function configurationSection(settings: readonly SettingRow[]): Section {
  return {
    id: "configuration",
    title: "Configuration",
    body: html`<details>
      <summary>All ${String(settings.length)} settings</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th class="text">setting</th>
              <th class="text">value</th>
              <th class="text">from</th>
              <th class="text">meaning</th>
            </tr>
          </thead>
          <tbody>
            ${settings.map(
              ({ key, value, origin, doc }) =>
                html`<tr class="${origin ?? ""}">
                  <td class="text"><code>${key}</code></td>
                  <td class="text">${String(value)}</td>
                  <td class="text">${origin}</td>
                  <td class="text">${doc}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>`,
  };
}
