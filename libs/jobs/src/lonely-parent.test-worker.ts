// A process that runs the counting stage and says on its output what the stage says; for run-job.test.ts.
//   lonely-parent <folder> <config as JSON>
import { createArtifactStore } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import { join } from "node:path";
import { runJob } from "./run-job.js";

const [folder = "", config = "{}"] = process.argv.slice(2);
await runJob({
  definition: {
    stage: { name: "counting", version: 1 },
    module: new URL("./counting-stage.test-worker.ts", import.meta.url).href,
    inputs: {},
    config: JSON.parse(config) as JsonObject,
    seed: 10n,
  },
  jobsFolder: join(folder, "jobs"),
  store: createArtifactStore(join(folder, "artifacts")),
  workers: 1,
  onSay: (line) => process.stdout.write(`${line}\n`),
});
