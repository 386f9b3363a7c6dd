// A stage that counts to `total`, with a checkpoint at every number, for run-job.test.ts.
import { DomainError } from "@worldmodels/errors";
import { childContext, counter } from "@worldmodels/telemetry";
import { existsSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stage } from "./stage.js";

export const stage: Stage = {
  name: "counting",
  version: 1,
  async run({
    config,
    seed,
    execution,
    scratch,
    store,
    signal,
    loadCheckpoint,
    saveCheckpoint,
    progress,
    say,
  }) {
    const total = Number(config["total"]);
    if (config["sayExecution"] === true) say(JSON.stringify(execution));
    const saved = await loadCheckpoint();
    const counted: number[] =
      saved === undefined ? [] : (JSON.parse(Buffer.from(saved).toString()) as number[]);
    if (counted.length > 0) say(`goes on from ${counted.length}`);
    while (counted.length < total) {
      signal.throwIfAborted();
      counted.push(Number(seed) + counted.length);
      await saveCheckpoint(Buffer.from(JSON.stringify(counted)));
      progress(counted.length, total, "numbers", { last: counted.at(-1) ?? 0 });
      if (config["countSteps"] === true) {
        counter("worldmodels_env_steps_total", { env: "counting", by: childContext().by }).add(10);
      }
      if (counted.length === config["failAt"])
        throw new DomainError("out-of-range", "that number is refused");
      if (config["dieEvery"] === true) {
        progress(counted.length, counted.length, "numbers");
        await new Promise(setImmediate);
        process.kill(process.pid, "SIGKILL");
      }
      const died = join(scratch, "died");
      if (counted.length === config["dieAt"] && (config["dieAlways"] === true || !existsSync(died))) {
        writeFileSync(died, "");
        process.kill(process.pid, "SIGKILL");
      }
      if (counted.length === config["spinAt"]) {
        say("spins");
        await new Promise(setImmediate);
        // As a long computation would: no message and no signal is heard from here on.
        for (;;);
      }
      if (counted.length === config["waitAt"]) {
        say("waits");
        await aborted(signal);
      }
    }
    const ref = await store.write("numbers", {}, (folder) =>
      writeFile(join(folder, "numbers.json"), JSON.stringify(counted)),
    );
    return { artifacts: { numbers: ref }, facts: { pid: process.pid } };
  },
};

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}
