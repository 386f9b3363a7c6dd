// A stage that counts to `total`, with a checkpoint at every number, for the tests of this package. At `waitAt` it waits until
// the file `gate` is there, or for ever.
import { DomainError } from "@worldmodels/errors";
import type { Stage } from "@worldmodels/jobs";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export const stage: Stage = {
  name: "counting",
  version: 1,
  async run({ config, seed, store, signal, loadCheckpoint, saveCheckpoint, progress, say }) {
    const saved = await loadCheckpoint();
    const counted = saved === undefined ? [] : (JSON.parse(Buffer.from(saved).toString()) as number[]);
    if (counted.length > 0) say(`goes on from ${counted.length}`);
    while (counted.length < Number(config["total"])) {
      signal.throwIfAborted();
      counted.push(Number(seed) + counted.length);
      await saveCheckpoint(Buffer.from(JSON.stringify(counted)));
      progress(counted.length, Number(config["total"]), "numbers", { last: counted.at(-1) ?? 0, word: "w" });
      say(`counted ${counted.length}`);
      if (counted.length === config["failAt"]) {
        throw new DomainError("out-of-range", "that number is refused");
      }
      if (counted.length === config["waitAt"] && !existsSync(config["gate"] as string)) {
        say("waits");
        await new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            reject(signal.reason as Error);
          });
        });
      }
    }
    const ref = await store.write("numbers", {}, (folder) =>
      writeFile(join(folder, "numbers.json"), JSON.stringify(counted)),
    );
    return { artifacts: { numbers: ref }, facts: { counted: counted.length } };
  },
};
