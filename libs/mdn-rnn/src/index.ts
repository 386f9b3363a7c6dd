export { areaUnderRoc, rocCurve } from "./area-under-roc.js";
export type { RocPoint } from "./area-under-roc.js";
export { defaultMdnRnnConfig, mdnRnnConfigOf, mdnRnnNetwork } from "./mdn-rnn-network.js";
export type { MdnRnnConfig } from "./mdn-rnn-network.js";
export { lstmStep, mdnRnnStep } from "./mdn-rnn-step.js";
export type { MdnRnnPrediction, RecurrentState } from "./mdn-rnn-step.js";
export {
  clampLogStd,
  drawMixture,
  LOG_STD_RANGE,
  mixtureLogLikelihood,
  mixtureNll,
  mixtureWeights,
  sampleMixture,
  splitMixture,
} from "./mixture.js";
export type { Mixture, MixtureDraw } from "./mixture.js";
