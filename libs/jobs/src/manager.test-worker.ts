// A service without the wire: starts the counting stage with each config and says what its manager says, until it is
// killed; for job-manager-restart.test.ts.
//   manager <folder> <configs as JSON>
import { createArtifactStore } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import { join } from "node:path";
import { createJobManager } from "./job-manager.js";

const [folder = "", configs = "[]"] = process.argv.slice(2);
const module = new URL("./counting-stage.test-worker.ts", import.meta.url).href;
const manager = createJobManager({
  jobsFolder: join(folder, "jobs"),
  store: createArtifactStore(join(folder, "artifacts")),
  workers: 1,
  moduleOf: () => module,
  onLine: (line) => process.stdout.write(`${line}\n`),
});
for (const config of JSON.parse(configs) as JsonObject[]) {
  await manager.start({ stage: { name: "counting", version: 1 }, module, inputs: {}, config, seed: 10n });
}
