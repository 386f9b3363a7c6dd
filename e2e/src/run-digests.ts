import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Digests of all that a run made, by role; the report apart, which tells how long everything took. */
export function digestsOf(runDir: string): Record<string, string> {
  const { artifacts } = JSON.parse(readFileSync(join(runDir, "run.json"), "utf8")) as {
    readonly artifacts: Record<string, { readonly digest: string }>;
  };
  const entries = Object.entries(artifacts).filter(([role]) => role !== "report");
  return Object.fromEntries(entries.map(([role, { digest }]) => [role, digest]));
}
