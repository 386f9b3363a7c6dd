import { readJson } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { join } from "node:path";
import type { EvaluationResult } from "./stages/evaluate.js";

/** The evaluation that a `scores` artifact holds. */
export async function readScores(store: ArtifactStore, ref: ArtifactRef): Promise<EvaluationResult> {
  const { folder } = await store.open(ref);
  return (await readJson(join(folder, "scores.json"), "evaluation")) as EvaluationResult;
}
