import { html, type Html, type HtmlValue } from "../html.js";

/** A part of the report: its anchor, its name in the contents, and what it shows. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export function renderSection({ id, title, body }: Section): Html {
  return html`<section id="${id}">
    <h2>${title}</h2>
    ${body}
  </section> `;
}

/** Names over values, in as many columns as fit. */
export function facts(entries: readonly (readonly [string, HtmlValue])[]): Html {
  return html`<dl class="facts">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
