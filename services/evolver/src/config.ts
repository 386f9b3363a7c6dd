import { parseAddress, serverSettings } from "@worldmodels/grpc-kit";
import { jobSettings } from "@worldmodels/job-grpc";

/** The evolver's settings besides those that all services have; `store`, `jobs` and `optimizers` say where its data is. */
export const evolverSettings = {
  listen: { ...serverSettings.listen, default: "127.0.0.1:50054" },
  ...jobSettings("evolver"),
  rollouts: {
    type: "string",
    default: "",
    doc: "Addresses of rollout services that play the episodes of Evolve, separated by commas; empty for worker processes of its own",
  },
  optimizers: {
    type: "string",
    default: "data/optimizers",
    doc: "Folder of the optimisers, of no other service's",
  },
  max_optimizers: {
    type: "integer",
    default: 1000,
    minimum: 1,
    maximum: 1_000_000,
    doc: "Most optimisers at a time",
  },
  max_dimensions: {
    type: "integer",
    default: 10_000,
    minimum: 2,
    maximum: 1_000_000,
    doc: "Most dimensions of an optimiser",
  },
  max_full_dimensions: {
    type: "integer",
    default: 1200,
    minimum: 2,
    maximum: 10_000,
    doc: "Most dimensions of one with a full covariance, whose decomposition holds everybody up: 3 s for 867, 8 s for 1200",
  },
} as const;

/**
 * The addresses in `rollouts`.
 *
 * @throws DomainError `invalid-argument` naming one that is none
 */
export function readRollouts(text: string): string[] {
  const addresses = text
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
  for (const address of addresses) parseAddress(address, "rollouts");
  return addresses;
}
