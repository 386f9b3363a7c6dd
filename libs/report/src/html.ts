/** Text that is HTML already. Only `html` and `trustedHtml` make it, so everything else is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

export type HtmlValue = Html | string | number | undefined | readonly HtmlValue[];

/**
 * A template whose values are escaped unless they are HTML themselves; lists are joined, undefined is nothing. The
 * template's own indentation is dropped: it is for the reader of this code, and would be a third of the report.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = "";
  strings.forEach((part, i) => {
    text += part.replace(/\s*\n\s*/g, "\n") + (i < values.length ? render(values[i]) : "");
  });
  return new Html(text);
}

/** For text that this package itself wrote: style sheets and scripts. Never for data. */
export function trustedHtml(text: string): Html {
  return new Html(text);
}

/** Safe in text and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON for a `<script type="application/json">`: no `<` can end the element or open a comment. */
export function jsonForScript(value: unknown): Html {
  return new Html(JSON.stringify(value).replace(/</g, "\\u003c"));
}

function render(value: HtmlValue): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  return value.map(render).join("");
}
