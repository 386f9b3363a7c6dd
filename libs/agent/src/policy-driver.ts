import type { Driver } from "./driver.js";
import type { Policy } from "./random-policy.js";

/** Drives each slot by a policy that does not look; `createPolicy` is called once per episode. */
export function createPolicyDriver<T>(options: {
  readonly batch: number;
  readonly actionSize: number;
  readonly createPolicy: (task: T) => Policy;
}): Driver<T> {
  const { batch, actionSize, createPolicy } = options;
  const policies = new Array<Policy | undefined>(batch).fill(undefined);
  const seen = new Uint8Array(batch);
  const actions = new Float32Array(batch * actionSize);
  return {
    batch,
    actionSize,
    observationNames: [],
    begin(slot, task) {
      policies[slot] = createPolicy(task);
    },
    see(slot) {
      seen[slot] = 1;
    },
    act() {
      // Only slots that have moved on since their last action draw a new one: an idle slot draws nothing.
      policies.forEach((policy, slot) => {
        if (seen[slot] === 1) policy?.act(actions, slot * actionSize);
      });
      seen.fill(0);
      return Promise.resolve(actions);
    },
  };
}
