import { html, trustedHtml, type Html } from "./html.js";
import { renderSection, type Section } from "./sections/section.js";
import { styleSheet } from "./style-sheet.js";

/** A whole document that asks nothing of any network; on paper everything is unfolded. */
export function htmlPage(page: {
  readonly title: string;
  /** What stands above the contents. */
  readonly header: Html;
  readonly sections: readonly Section[];
}): string {
  const { title, header, sections } = page;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}: World Models</title>
        <link rel="icon" href="data:," />
        <style>
          ${trustedHtml(styleSheet)}
        </style>
      </head>
      <body>
        <header>
          ${header}
          <nav>${sections.map((section) => html`<a href="#${section.id}">${section.title}</a> `)}</nav>
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
