import { serverSettings } from "@worldmodels/grpc-kit";

/** The service's settings besides those that all services have. */
export const carRacingEnvSettings = {
  listen: { ...serverSettings.listen, default: "127.0.0.1:50051" },
  max_slots: {
    type: "integer",
    default: 1024,
    minimum: 1,
    maximum: 1_000_000,
    doc: "Most slots of all sessions together; one takes about 4 MiB",
  },
  max_sessions: {
    type: "integer",
    default: 64,
    minimum: 1,
    maximum: 65_536,
    doc: "Most sessions at a time; they take turns on one core",
  },
  max_in_flight: {
    type: "integer",
    default: 8,
    minimum: 1,
    maximum: 256,
    doc: "Most requests of a session that may be without an answer",
  },
  idle_timeout_s: {
    type: "integer",
    default: 600,
    minimum: 1,
    maximum: 86_400,
    doc: "Seconds that a session may neither send nor read before it is ended",
  },
  step_timeout_s: {
    type: "integer",
    default: 60,
    minimum: 1,
    maximum: 3600,
    doc: "Seconds that one request may take, where its client allows as much",
  },
} as const;
