import type { JsonObject, JsonValue } from "@worldmodels/artifacts";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";

/** What a report says about the machine and the software that a run was made with. */
export function machineFacts(stages: JsonObject): Record<string, string> {
  const factsOf = (title: string) =>
    ((stages[title] as JsonObject | undefined)?.["facts"] ?? {}) as JsonObject;
  const evolve = factsOf("evolve C");
  const peak = Number(evolve["peakWorkerBytes"] ?? 0);
  return {
    processor: `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${platform()} ${release()} ${arch()}`,
    Node: process.version,
    "trained on": textOf(factsOf("train V")["backend"]),
    TensorFlow: textOf(factsOf("train V")["backendVersion"]),
    "agent steps per second": Math.round(Number(evolve["agentStepsPerSecond"] ?? 0)).toLocaleString("en"),
    // Rollout services do not tell.
    "memory of one rollout worker": peak > 0 ? `${(peak / 2 ** 20).toFixed(0)} MiB` : "unknown",
  };
}

function textOf(fact: JsonValue | undefined): string {
  return typeof fact === "string" ? fact : "unknown";
}
