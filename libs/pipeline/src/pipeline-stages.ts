import type { RunRole } from "@worldmodels/artifacts";
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
    version: 1,
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
    version: 1,
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
    version: 1,
    module: "evolve-controller",
    inputs: ["vae", "mdn-rnn", "dream-starts"],
    outputs: ["controller"],
    settings: ["evolve.", "controller.", "rollout.slots"],
  },
  {
    title: "evaluate",
    name: "evaluate",
    version: 1,
    module: "evaluate",
    inputs: ["vae", "mdn-rnn", "dream-starts", "controller"],
    outputs: ["scores"],
    settings: ["evaluate.", "rollout.slots"],
  },
] as const satisfies readonly PipelineStage[];

/** The part of the settings that a stage's result depends on. */
export function settingsOf(stage: PipelineStage, settings: RunSettings): Partial<RunSettings> {
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) =>
      stage.settings.some((beginning) => name.startsWith(beginning)),
    ),
  );
}
