import type { ArtifactRef } from "@worldmodels/artifacts";
import { resolveSettings } from "@worldmodels/config";
import type { SettingsSchema } from "@worldmodels/config";
import { DomainError, isDomainError } from "@worldmodels/errors";
import type { JobDefinition } from "@worldmodels/jobs";
import { findContradictions } from "./find-contradictions.js";
import { ownModule } from "./own-module.js";
import { dependsOn, findStage, pipelineStages } from "./pipeline-stages.js";
import type { PipelineStage } from "./pipeline-stages.js";
import { runSettings } from "./settings.js";
import type { RunSettings } from "./settings.js";

export interface StageRequest {
  /** By role: those that the stage takes, and no others. */
  readonly inputs: Readonly<Record<string, ArtifactRef>>;
  /** The stage's own settings, as values or as text; the others have their defaults. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** From 0 to 2^64 - 1. */
  readonly seed: bigint;
  /** Names the request in error sentences; default: the stage's name. */
  readonly where?: string;
}

/**
 * The job of a stage: all that its result depends on, checked as far as it can be before anything runs. Equal requests
 * are equal jobs, whoever runs them.
 *
 * @throws DomainError `invalid-argument` naming everything that is wrong
 */
export function stageDefinition(name: string, request: StageRequest): JobDefinition {
  const stage = findStage(name);
  const { inputs, settings, seed, where = stage.name } = request;
  const isForeign = (key: string) => Object.hasOwn(runSettings, key) && !dependsOn(stage, key);
  const foreign = Object.keys(settings).filter(isForeign);
  const faults = [
    ...foreign.map((key) => faultOfForeign(stage, key)),
    ...faultsOfInputs(stage, inputs),
    ...(seed < 0n || seed >= 1n << 64n ? [`seed = ${seed} is not a whole number from 0 to 2^64 - 1`] : []),
  ];
  let config: Partial<RunSettings>;
  try {
    const own = Object.entries(settings).filter(([key]) => !isForeign(key));
    config = resolveSettings(schemaOf(stage), Object.fromEntries(own), where);
  } catch (cause) {
    if (!isDomainError(cause)) throw cause;
    throw new DomainError("invalid-argument", [cause.message, ...faults].join("; "), { cause });
  }
  faults.push(...findContradictions(config));
  if (faults.length > 0) throw new DomainError("invalid-argument", `${where}: ${faults.join("; ")}`);
  return defineStage(stage, { inputs, config, seed });
}

/** The job of a stage whose inputs and configuration are known to be right. */
export function defineStage(
  stage: PipelineStage,
  { inputs, config, seed }: Pick<JobDefinition, "inputs" | "config" | "seed">,
): JobDefinition {
  const { name, version, module } = stage;
  return {
    stage: { name, version },
    module: ownModule(`stages/${module}`).href,
    inputs,
    config,
    seed,
  };
}

/**
 * URL of the module that runs a stage in this build.
 *
 * @throws DomainError `failed-precondition` where this build has the stage in another version, or not at all
 */
export function stageModule({ name, version }: JobDefinition["stage"]): string {
  const stage = pipelineStages.find((each) => each.name === name);
  if (stage?.version === version) return ownModule(`stages/${stage.module}`).href;
  const has =
    stage === undefined
      ? pipelineStages.map((each) => `${each.name} ${each.version}`).join(", ")
      : `version ${stage.version}`;
  throw new DomainError(
    "failed-precondition",
    `stage ${name} of version ${version} was asked for, and this build has ${has}; use programs of one version`,
  );
}

function schemaOf(stage: PipelineStage): SettingsSchema {
  return Object.fromEntries(Object.entries(runSettings).filter(([key]) => dependsOn(stage, key)));
}

function faultOfForeign(stage: PipelineStage, key: string): string {
  const owners = pipelineStages.filter((each) => dependsOn(each, key)).map((each) => each.name);
  const whose = owners.length === 0 ? "no stage's" : `of ${owners.join(", ")}`;
  const own = stage.settings.map((beginning) => (beginning.endsWith(".") ? `${beginning}*` : beginning));
  return `the setting ${key} is ${whose}; ${stage.name} takes ${own.length === 0 ? "none" : own.join(", ")}`;
}

function faultsOfInputs(stage: PipelineStage, inputs: StageRequest["inputs"]): string[] {
  const roles: readonly string[] = stage.inputs;
  const takes = roles.length === 0 ? "none" : roles.join(", ");
  return [
    ...Object.keys(inputs)
      .filter((role) => !roles.includes(role))
      .map((role) => `${stage.name} has no input "${role}" (it takes ${takes})`),
    ...roles.flatMap((role) => {
      const ref = Object.hasOwn(inputs, role) ? inputs[role] : undefined;
      if (ref === undefined) return [`the input ${role} is missing (${stage.name} takes ${takes})`];
      // An artifact's kind and its role are one word in all stages.
      if (ref.kind !== role) return [`the input ${role} is of kind "${ref.kind}", where ${role} is needed`];
      if (!/^[0-9a-f]{64}$/.test(ref.digest)) {
        return [`the digest "${ref.digest}" of the input ${role} is not 64 hexadecimal digits`];
      }
      return [];
    }),
  ];
}
