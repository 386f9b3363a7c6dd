import { dreamSettings } from "@worldmodels/dream";
import type { EnvKind } from "./env-kind.js";

/** `dream:RUN`: M of a run folder, or of a `dream` artifact, as an environment. */
export const dreamKind: EnvKind = {
  scheme: "dream",
  id: "dream:RUN",
  doc: "What M of a run imagines; RUN is the run's folder, or that of a dream artifact",
  settings: dreamSettings,
  actionBounds: "refuse",
  createEngine: async (request) => (await import("./dream-engine.js")).createDream(request),
};
