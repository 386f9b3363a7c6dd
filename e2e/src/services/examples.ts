import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const page = fileURLToPath(new URL("../../../docs/pipelines.md", import.meta.url));
/** Inside the repository, so that the programs find its packages; not under version control. */
const folder = fileURLToPath(new URL("../../out-tsc/examples/", import.meta.url));

/**
 * Takes the programs out of docs/pipelines.md: what a reader copies is what is tested.
 *
 * @returns name, e.g. `outside-problem.mjs`, to the path that it was written to
 */
export function writeExamples(): Readonly<Record<string, string>> {
  const text = readFileSync(page, "utf8");
  mkdirSync(folder, { recursive: true });
  const programs = [...text.matchAll(/^```js\n\/\/ ([a-z-]+\.mjs)([\s\S]*?)^```$/gm)];
  return Object.fromEntries(
    programs.map(([block, name = ""]) => {
      const path = `${folder}${name}`;
      writeFileSync(path, block.replace(/^```js\n/, "").replace(/```$/, ""));
      return [name, path];
    }),
  );
}
