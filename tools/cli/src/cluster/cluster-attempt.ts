import { createArtifactStore, createFolderPeer } from "@worldmodels/artifacts";
import { createRemoteAttempt, placeAtService, stageCalls } from "@worldmodels/job-grpc";
import type { JobAttempt } from "@worldmodels/jobs";
import { findStage, stageNames } from "@worldmodels/pipeline/stages";
import type { ClusterConnections } from "./connect-cluster.js";

/**
 * Runs the stages of a run at the services of a cluster. What a stage takes is brought to the service that runs it, and what it
 * makes into the run's own store, so that the run folder is as whole as if everything had been done here: through the folder that
 * the services share, or through the services where the cluster names none.
 *
 * @throws DomainError `failed-precondition` where the cluster lacks a service that a stage needs
 */
export function clusterAttempt({ cluster, connection }: ClusterConnections): JobAttempt {
  const shared =
    cluster.store === undefined ? undefined : createFolderPeer(createArtifactStore(cluster.store));
  // All of them now, so that a run does not fail in its middle.
  for (const stage of stageNames) connection(stageCalls[stage].service);
  return createRemoteAttempt({
    placeOf: (name) => {
      const stage = findStage(name).name;
      return placeAtService(stage, connection(stageCalls[stage].service), shared);
    },
  });
}
