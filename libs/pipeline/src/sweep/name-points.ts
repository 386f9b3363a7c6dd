import { createHash } from "node:crypto";
import { meaning } from "./sweep-axes.js";

/** Longest name that is not cut: file systems take 255 bytes, but paths and tables have to be read. */
const LONGEST = 80;

/** What a name is made of: the settings that vary and their values at one point, in order. */
export type PointValues = readonly (readonly [key: string, value: string])[];

/**
 * Names of folders for the points of a grid, such as `temperature-1.15_hidden-512`: letters, digits, dot, plus, hyphen
 * and underscore, no two the same even where capitals do not count.
 *
 * @param points as many as names are wanted, all with the same keys; no two the same
 */
export function namePoints(points: readonly PointValues[]): string[] {
  const shortKeys = shorten((points[0] ?? []).map(([key]) => key));
  const plain = points.map((values) =>
    values.map(([, value], index) => `${safe(shortKeys[index] ?? "")}-${safe(tidy(value))}`).join("_"),
  );
  const counts = new Map<string, number>();
  for (const name of plain) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return plain.map((name, index) => {
    if (name.length <= LONGEST && counts.get(name.toLowerCase()) === 1) return name;
    const digest = createHash("sha256").update(JSON.stringify(points[index])).digest("hex");
    return `${name.slice(0, LONGEST - 9)}-${digest.slice(0, 8)}`;
  });
}

/** The last word of each dotted key, or as many as it takes to tell them apart. */
function shorten(keys: readonly string[]): string[] {
  const last = (key: string, words: number) => key.split(".").slice(-words).join(".");
  return keys.map((key) => {
    let words = 1;
    while (keys.some((other) => other !== key && last(other, words) === last(key, words))) words++;
    return last(key, words);
  });
}

/** A number in its shortest form, so that 1.0 and 1 name the same folder. */
function tidy(value: string): string {
  return String(meaning(value));
}

function safe(text: string): string {
  return text.replace(/[^A-Za-z0-9._+-]+/g, "-").replace(/-+$/, "");
}
