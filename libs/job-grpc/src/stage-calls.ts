import type { ArtifactRef } from "@worldmodels/artifacts";
import type { CallOptions, Connection, MethodDefinition } from "@worldmodels/grpc-kit";
import type { JobDefinition } from "@worldmodels/jobs";
import type { StageName, StageRequest } from "@worldmodels/pipeline/stages";
import { EncoderServiceService } from "@worldmodels/proto/encoder";
import { EvolverServiceService } from "@worldmodels/proto/evolver";
import type { Job } from "@worldmodels/proto/job";
import { PredictorServiceService } from "@worldmodels/proto/predictor";
import { RolloutServiceService } from "@worldmodels/proto/rollout";
import { settingsText } from "./job-message.js";

/** The services that run stages as jobs. */
export type JobServiceName = "encoder" | "predictor" | "evolver" | "rollout";

/** How a stage is asked for at its service. */
export interface StageCall<Request = unknown> {
  readonly service: JobServiceName;
  /** The request that makes this very job there. */
  toRequest(definition: JobDefinition): Request;
  /** What the service's handler hands to `stageDefinition`; absent artifacts are left out. */
  fromRequest(request: Request): StageRequest;
  /** @returns the job as it stands; with the same id each time the same definition is given */
  start(
    connection: Connection,
    definition: JobDefinition,
    options: CallOptions & { readonly deadlineMs: number },
  ): Promise<Job>;
}

/** What all requests for a stage have besides artifacts in fields of their own; `encode` has no settings. */
interface StageFields {
  readonly settings?: { [name: string]: string };
  readonly seed: bigint;
}

interface JobResponse {
  job: Job | undefined;
}

/**
 * The call of every stage. Stage and request say the same in two forms, so a definition that went through a request has
 * the key that it had before.
 */
export const stageCalls = {
  collect: stageCall("rollout", RolloutServiceService.collect, {}),
  "train-vae": stageCall("encoder", EncoderServiceService.trainEncoder, { episodes: "episodes" }),
  encode: stageCall("encoder", EncoderServiceService.encodeEpisodes, { episodes: "episodes", vae: "vae" }),
  "train-mdn-rnn": stageCall("predictor", PredictorServiceService.trainPredictor, { latents: "latents" }),
  evolve: stageCall("evolver", EvolverServiceService.evolve, {
    vae: "vae",
    "mdn-rnn": "mdnRnn",
    "dream-starts": "dreamStarts",
  }),
  evaluate: stageCall("rollout", RolloutServiceService.scoreController, {
    vae: "vae",
    "mdn-rnn": "mdnRnn",
    "dream-starts": "dreamStarts",
    controller: "controller",
  }),
} satisfies Readonly<Record<StageName, unknown>>;

/** @param fields the request's field of each input role */
function stageCall<Request extends StageFields>(
  service: JobServiceName,
  method: MethodDefinition<Request, JobResponse>,
  fields: Readonly<Record<string, string & keyof Request>>,
): StageCall<Request> {
  const roles = Object.entries(fields);
  const toRequest = ({ inputs, config, seed }: JobDefinition): Request => {
    const artifacts = roles.map(([role, field]) => [field, inputs[role]]);
    return { ...Object.fromEntries(artifacts), settings: settingsText(config), seed } as Request;
  };
  return {
    service,
    toRequest,
    fromRequest: (request) => {
      const artifacts = roles.flatMap(([role, field]): [string, ArtifactRef][] => {
        const ref = request[field] as ArtifactRef | undefined;
        return ref === undefined ? [] : [[role, { kind: ref.kind, digest: ref.digest }]];
      });
      return { inputs: Object.fromEntries(artifacts), settings: request.settings ?? {}, seed: request.seed };
    },
    async start(connection, definition, options) {
      const { job } = await connection.unary(method, toRequest(definition), options);
      if (job === undefined) throw new Error(`${connection.address} answered ${method.path} without a job`);
      return job;
    },
  };
}
