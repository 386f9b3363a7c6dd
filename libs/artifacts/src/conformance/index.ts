export { describeArtifactPeer } from "./describe-artifact-peer.js";
export type { PeerUnderTest } from "./describe-artifact-peer.js";
