import type { ArtifactStore } from "@worldmodels/artifacts";
import { dirname } from "node:path";

/** Whether an environment is `dream` or `dream?…`: M of the run itself, which is not there yet when the run begins. */
export function isOwnDream(uri: string): boolean {
  return /^dream(\?|$)/.test(uri);
}

/** `dream?temperature=1.15` becomes `dream:RUN?temperature=1.15` of the run that this store belongs to; other URIs stay. */
export function resolveOwnDream(uri: string, store: ArtifactStore): string {
  if (!isOwnDream(uri)) return uri;
  return `dream:${encodeURIComponent(dirname(store.root))}${uri.slice("dream".length)}`;
}
