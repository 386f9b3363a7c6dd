/** URL of a stage's module, as source or as built, whichever this one is. */
export function stageModule(name: string): string {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./stages/${name}.${extension}`, import.meta.url).href;
}
