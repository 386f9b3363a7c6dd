export { klDivergences, squaredErrors, vaeLoss } from "./vae-loss.js";
export type { FloatArray, VaeLoss } from "./vae-loss.js";
export { defaultVaeConfig, FRAME_SHAPE, vaeNetwork } from "./vae-network.js";
export type { VaeConfig } from "./vae-network.js";
