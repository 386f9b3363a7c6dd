import { artifactName } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import type { CallContext } from "@worldmodels/grpc-kit";
import { jobKey } from "@worldmodels/jobs";
import type { JobManager } from "@worldmodels/jobs";
import { stageDefinition } from "@worldmodels/pipeline/stages";
import type { StageName, StageRequest } from "@worldmodels/pipeline/stages";
import type { Job } from "@worldmodels/proto/job";
import { toJobMessage } from "./job-message.js";
import type { JobQuota } from "./job-quota.js";

/** Where a service's jobs run and what they work on. */
export interface StageHost {
  readonly manager: JobManager;
  readonly store: ArtifactStore;
  /** How many jobs each caller may have. */
  readonly quota: JobQuota;
}

/**
 * Starts a stage as a job of a service, or finds the one that runs or is done.
 *
 * @param caller who asks for it, as the call's context says
 * @throws DomainError `invalid-argument` naming every setting and input that is wrong, `not-found` for an input that the
 *   store does not have, `data-loss` for one that is damaged there, `resource-exhausted` where the caller has as many jobs as it may
 */
export async function startStage(
  { manager, store, quota }: StageHost,
  stage: StageName,
  request: StageRequest,
  caller: Pick<CallContext, "run" | "identity" | "limits"> = {},
): Promise<Job> {
  const definition = stageDefinition(stage, request);
  for (const ref of Object.values(definition.inputs)) await assertStored(store, ref);
  const { run, identity } = caller;
  const start = () => manager.start(definition, { run, identity });
  return toJobMessage(await quota.start(caller, jobKey(definition), start));
}

async function assertStored(store: ArtifactStore, ref: ArtifactRef): Promise<void> {
  await store.open(ref).catch((error: unknown) => {
    if (!isDomainError(error, "not-found")) throw error;
    throw new DomainError(
      "not-found",
      `there is no artifact ${artifactName(ref)} in this service's store ${store.root}; copy it there, or make it there`,
      { cause: error },
    );
  });
}
