import type { ArtifactRef } from "@worldmodels/artifacts";

/** An input of a stage, by its role. The pipeline gives all of them, so a missing one is a bug. */
export function requireInput(inputs: Readonly<Record<string, ArtifactRef>>, role: string): ArtifactRef {
  const ref = inputs[role];
  if (ref === undefined) throw new Error(`a stage was run without its input "${role}"`);
  return ref;
}
