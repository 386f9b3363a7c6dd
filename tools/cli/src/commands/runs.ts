import { listRuns } from "@worldmodels/pipeline";
import { Command } from "commander";
import { formatTable } from "../format.js";

/** `worldmodels runs`: the run folders below a folder, how far each came, and its score. */
export function runsCommand(): Command {
  return new Command("runs")
    .summary("what has been run, how far it came, and its score")
    .argument("[folder]", "where to look", "runs")
    .option("--json", "print JSON", false)
    .action(async (folder: string, options: { readonly json: boolean }) => {
      const runs = await listRuns(folder);
      if (options.json) {
        console.log(JSON.stringify(runs, null, 2));
        return;
      }
      if (runs.length === 0) {
        console.log(`no runs in ${folder}; start one with: worldmodels train car-racing`);
        return;
      }
      const rows = runs.map((run) => [
        run.folder,
        run.task,
        run.preset,
        run.seed,
        `${run.stagesDone}/${run.stages}`,
        run.score === undefined ? "-" : `${run.score.mean.toFixed(0)} ± ${run.score.sd.toFixed(0)}`,
      ]);
      console.log(formatTable([["run", "task", "preset", "seed", "stages", "score"], ...rows]));
    });
}
