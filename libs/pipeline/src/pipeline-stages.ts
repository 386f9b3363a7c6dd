import type { RunRole } from "@worldmodels/artifacts";
import { nearestWord } from "@worldmodels/config";
import { DomainError } from "@worldmodels/errors";
import type { RunSettings } from "./settings.js";

/** A stage in its place: what it takes, which settings it depends on, what it gives. */
export interface PipelineStage {
  /** As people know it. */
  readonly title: string;
  readonly name: string;
  /** As the stage's module has it; a job's key contains it. */
  readonly version: number;
  /** File below stages/, without its ending. */
  readonly module: string;
  readonly inputs: readonly RunRole[];
  readonly outputs: readonly RunRole[];
  /** Beginnings of the names of the settings that its result depends on. */
  readonly settings: readonly string[];
}

/** The stages of a run, in order. */
export const pipelineStages = [
  {
    title: "collect",
    name: "collect",
    version: 2,
    module: "collect",
    inputs: [],
    outputs: ["episodes"],
    settings: ["collect.", "rollout.slots"],
  },
  {
    title: "train V",
    name: "train-vae",
    version: 1,
    module: "train-vae",
    inputs: ["episodes"],
    outputs: ["vae"],
    settings: ["vae."],
  },
  {
    title: "encode",
    name: "encode",
    version: 2,
    module: "encode",
    inputs: ["episodes", "vae"],
    outputs: ["latents", "dream-starts"],
    settings: [],
  },
  {
    title: "train M",
    name: "train-mdn-rnn",
    version: 1,
    module: "train-mdn-rnn",
    inputs: ["latents"],
    outputs: ["mdn-rnn"],
    settings: ["mdn_rnn."],
  },
  {
    title: "evolve C",
    name: "evolve",
    version: 2,
    module: "evolve-controller",
    inputs: ["vae", "mdn-rnn", "dream-starts"],
    outputs: ["controller"],
    settings: ["evolve.", "controller.", "rollout.slots", "rollout.dream_slots"],
  },
  {
    title: "evaluate",
    name: "evaluate",
    version: 3,
    module: "evaluate",
    inputs: ["vae", "mdn-rnn", "dream-starts", "controller"],
    outputs: ["scores"],
    settings: ["evaluate.", "evolve.env", "rollout.slots", "rollout.dream_slots"],
  },
] as const satisfies readonly PipelineStage[];

/** A stage that a run has, and that a service may run. */
export type StageName = (typeof pipelineStages)[number]["name"];

/** The names of a run's stages, in order. */
export const stageNames: readonly StageName[] = pipelineStages.map(({ name }) => name);

/** @throws DomainError `invalid-argument` for a name that no stage has */
export function findStage(name: string): PipelineStage & { readonly name: StageName } {
  const stage = pipelineStages.find((each) => each.name === name);
  if (stage !== undefined) return stage;
  const nearest = nearestWord(name, stageNames);
  throw new DomainError(
    "invalid-argument",
    `there is no stage "${name}"${nearest === undefined ? "" : ` (did you mean ${nearest}?)`}; known: ${stageNames.join(", ")}`,
  );
}

/** Whether a stage's result depends on a setting. */
export function dependsOn(stage: PipelineStage, setting: string): boolean {
  return stage.settings.some((beginning) => setting.startsWith(beginning));
}

/** The part of the settings that a stage's result depends on. */
export function settingsOf(stage: PipelineStage, settings: RunSettings): Partial<RunSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => dependsOn(stage, name)));
}
