export type { LearningRate, TrainerState } from "./adam-parameters.js";
export type { LatentWindows } from "./latent-windows.js";
export { createMdnRnnTrainer, defaultMdnRnnTraining } from "./mdn-rnn-trainer.js";
export type {
  MdnRnnEvaluation,
  MdnRnnLoss,
  MdnRnnStep,
  MdnRnnTrainer,
  MdnRnnTraining,
} from "./mdn-rnn-trainer.js";
export { trainingProcessEnv } from "./process-env.js";
export { selectBackend } from "./select-backend.js";
export type { BackendPreference, TrainingBackend } from "./select-backend.js";
export { createVaeTrainer } from "./vae-trainer.js";
export type { VaeTrainer } from "./vae-trainer.js";
