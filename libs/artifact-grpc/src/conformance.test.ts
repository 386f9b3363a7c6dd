import { describeArtifactPeer } from "@worldmodels/artifacts/conformance";
import { startArtifactService } from "./artifact-service.test-helper.js";
import { createServicePeer } from "./service-peer.js";

describeArtifactPeer("a service", async (there) => {
  const service = await startArtifactService(there);
  return { peer: createServicePeer(service.connection), close: service.close };
});
