import { serverSettings } from "@worldmodels/grpc-kit";
import { jobSettings } from "@worldmodels/job-grpc";

/** The predictor's settings besides those that all services have; `store`, `jobs` and `runs` say where its data is. */
export const predictorSettings = {
  listen: { ...serverSettings.listen, default: "127.0.0.1:50053" },
  ...jobSettings("predictor"),
  model: {
    type: "string",
    default: "",
    doc: "M for calls that name none, loaded at the start: a digest, its first digits, or a name like mdn-rnn-0123456789ab",
  },
  models: {
    type: "integer",
    default: 4,
    minimum: 1,
    maximum: 64,
    doc: "Models kept loaded besides that one; beyond it the least recently used is closed",
  },
  runs: { type: "string", default: "runs", doc: "Folder of the run folders whose dreams are served" },
  max_sessions: {
    type: "integer",
    default: 64,
    minimum: 1,
    maximum: 65_536,
    doc: "Most sessions of dreams at a time",
  },
  max_slots: {
    type: "integer",
    default: 1024,
    minimum: 1,
    maximum: 1_000_000,
    doc: "Most slots of all sessions together",
  },
} as const;
