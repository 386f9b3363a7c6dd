import { resolveSettings } from "@worldmodels/config";
import type { PythonEngineOptions } from "./python-engine.js";
import { takeCoverSettings, VIZDOOM_SCENARIOS } from "./vizdoom-settings.js";

/** What is particular to TakeCover among the options of an engine, on a small screen. */
export function resolveTakeCover(
  given: Readonly<Record<string, unknown>> = {},
): Pick<PythonEngineOptions, "module" | "id" | "request" | "settings"> {
  const settings = resolveSettings(takeCoverSettings, { screen: "160x120", ...given }, "vizdoom:TakeCover");
  return {
    module: "vizdoom",
    id: "vizdoom:TakeCover",
    request: { scenario: "TakeCover", configFile: VIZDOOM_SCENARIOS["TakeCover"] },
    settings,
  };
}
