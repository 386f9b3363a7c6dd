import { DomainError } from "@worldmodels/errors";
import { planNetwork, validateWeights } from "@worldmodels/networks";
import type { ChainPlan, NamedWeights, NetworkDescription } from "@worldmodels/networks";

/** A network and the weights that fit it. */
export interface TrainedNetwork {
  readonly network: NetworkDescription;
  readonly weights: NamedWeights;
}

/**
 * A way to look up a network's chains by name, after its weights have been checked against it.
 *
 * @throws DomainError `invalid-argument` where the weights do not fit; and, from the look-up, for an unknown chain
 */
export function chainsOf({ network, weights }: TrainedNetwork): (name: string) => ChainPlan {
  validateWeights(network, weights);
  const chains = new Map(planNetwork(network).map((plan) => [plan.chain.name, plan]));
  return (name) => {
    const chain = chains.get(name);
    if (chain === undefined) {
      throw new DomainError(
        "invalid-argument",
        `the network has no chain "${name}" (it has ${[...chains.keys()].join(", ")})`,
      );
    }
    return chain;
  };
}
