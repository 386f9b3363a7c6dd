import { copyArtifact, createArtifactStore } from "@worldmodels/artifacts";
import { createRemoteAttempt, placeAtService, stageCalls } from "@worldmodels/job-grpc";
import type { JobAttempt } from "@worldmodels/jobs";
import { findStage, stageNames } from "@worldmodels/pipeline/stages";
import type { ClusterConnections } from "./connect-cluster.js";

/**
 * Runs the stages of a run at the services of a cluster. What a stage takes is put into the store that the services share, and
 * what it makes is brought into the run's own, so that the run folder is as whole as if everything had been done here.
 *
 * @throws DomainError `failed-precondition` where the cluster lacks a service that a stage needs
 */
export function clusterAttempt(connections: ClusterConnections): JobAttempt {
  const shared = createArtifactStore(connections.cluster.store);
  // All of them now, so that a run does not fail in its middle.
  for (const stage of stageNames) connections.connection(stageCalls[stage].service);
  return async (start, hooks) => {
    const own = createArtifactStore(start.storeRoot);
    const remote = createRemoteAttempt({
      placeOf: (name) => {
        const stage = findStage(name).name;
        return placeAtService(stage, connections.connection(stageCalls[stage].service));
      },
      importArtifact: (ref) => copyArtifact(shared, own, ref),
    });
    for (const ref of Object.values(start.definition.inputs)) await copyArtifact(own, shared, ref);
    return remote(start, hooks);
  };
}
