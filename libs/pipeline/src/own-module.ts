/**
 * URL of a module of this package that another process runs, as source or as built, whichever this one is.
 *
 * @param path below src/, without its ending
 */
export function ownModule(path: string): URL {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./${path}.${extension}`, import.meta.url);
}
