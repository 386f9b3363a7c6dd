import type { Engine } from "@worldmodels/env";
import {
  createPythonEngine,
  scenarioSettings,
  takeCoverSettings,
  VIZDOOM_SCENARIOS,
} from "@worldmodels/python-env";
import type { EngineRequest, EnvKind } from "./env-kind.js";

const scenarios = Object.keys(VIZDOOM_SCENARIOS);

/** The game of World Models. */
const takeCoverKind: EnvKind = {
  scheme: "vizdoom",
  id: "vizdoom:TakeCover",
  doc: "ViZDoom's TakeCover as World Models played it: one number steers, dodge the fireballs; in a Python child",
  settings: takeCoverSettings,
  actionBounds: "refuse",
  createEngine,
};

const scenarioKind: EnvKind = {
  scheme: "vizdoom",
  id: "vizdoom:SCENARIO",
  doc: `Another scenario of ViZDoom, one action per button (${scenarios.slice(1).join(", ")}); in a Python child`,
  settings: scenarioSettings,
  actionBounds: "refuse",
  createEngine,
};

/** ViZDoom in Python children. */
export const vizdoomKinds: readonly EnvKind[] = [takeCoverKind, scenarioKind];

/** Names of scenarios, as a URI has them. */
export const vizdoomScenarios: readonly string[] = scenarios;

/** The kind of a scenario; undefined for a name that is none. */
export function vizdoomKindOf(scenario: string): EnvKind | undefined {
  if (!Object.hasOwn(VIZDOOM_SCENARIOS, scenario)) return undefined;
  return scenario === "TakeCover" ? takeCoverKind : scenarioKind;
}

function createEngine({ id, settings, numEnvs, processes }: EngineRequest): Promise<Engine> {
  return createPythonEngine({
    module: "vizdoom",
    id: `vizdoom:${id}`,
    request: { scenario: id, configFile: VIZDOOM_SCENARIOS[id] },
    settings,
    numEnvs,
    processes,
  });
}
