import { createFolderPeer } from "./artifact-peer.js";
import { describeArtifactPeer } from "./conformance/index.js";

describeArtifactPeer("a folder", (there) =>
  Promise.resolve({ peer: createFolderPeer(there), close: () => Promise.resolve() }),
);
