import { loadModel, openRunStore, readRunManifest, requireRole, runHome } from "@worldmodels/artifacts";
import type { SweepFigures } from "@worldmodels/report";
import type { EvolutionState } from "../evolution-state.js";
import type { RunSummary } from "../run-types.js";

/** The figures of a run that has ended. */
export async function readFigures({ runDir, evaluation, seconds }: RunSummary): Promise<SweepFigures> {
  const manifest = await readRunManifest(runDir);
  const store = openRunStore(runHome(runDir, manifest));
  const ref = requireRole(manifest, "controller", runDir);
  const { training } = await loadModel(store, ref, { kind: "controller" });
  const { generations } = training as unknown as Pick<EvolutionState, "generations">;
  const { evolved, random, dreamed, seeds } = evaluation;
  return {
    dreamMean: dreamed?.scores.mean ?? null,
    dreamSd: dreamed?.scores.sd ?? null,
    realMean: evolved.mean,
    realSd: evolved.sd,
    randomMean: random.mean,
    episodes: evolved.returns.length,
    firstSeed: seeds[0] ?? 0,
    environmentSteps: generations.at(-1)?.steps ?? 0,
    wallSeconds: seconds,
  };
}
