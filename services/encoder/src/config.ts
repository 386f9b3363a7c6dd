import { serverSettings } from "@worldmodels/grpc-kit";
import { jobSettings } from "@worldmodels/job-grpc";

/** The encoder's settings besides those that all services have; `store` and `jobs` say where its data is. */
export const encoderSettings = {
  listen: { ...serverSettings.listen, default: "127.0.0.1:50052" },
  ...jobSettings("encoder"),
  model: {
    type: "string",
    default: "",
    doc: "V for calls that name none, loaded at the start: a digest, its first digits, or a name like vae-0123456789ab",
  },
  models: {
    type: "integer",
    default: 4,
    minimum: 1,
    maximum: 64,
    doc: "Models kept loaded besides that one; beyond it the least recently used is closed",
  },
} as const;
