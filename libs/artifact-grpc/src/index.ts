export { serveArtifacts } from "./serve-artifacts.js";
export { createServicePeer } from "./service-peer.js";
export type { ServicePeerOptions } from "./service-peer.js";
