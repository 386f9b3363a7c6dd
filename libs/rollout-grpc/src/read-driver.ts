import { controllerShape, policyKinds } from "@worldmodels/agent";
import type { PolicyKind } from "@worldmodels/agent";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import type { AgentDriver as WireAgent, EvaluateRequest } from "@worldmodels/proto/rollout";
import { resolveDriver } from "@worldmodels/rollout-pool";
import type { AgentDriver, PolicyDriver } from "@worldmodels/rollout-pool";
import { fromWireFeatures } from "./controller-features.js";

/**
 * Who drives; an agent's models are in the store, and its controller's shape is worked out from them.
 *
 * @throws DomainError `invalid-argument`, `not-found`, `failed-precondition` for a model of another kind
 */
export async function readDriver(
  driver: EvaluateRequest["driver"],
  store: ArtifactStore,
): Promise<AgentDriver | PolicyDriver> {
  switch (driver?.$case) {
    case undefined:
      throw wrong("driver is missing; give agent or policy");
    case "policy":
      return { type: "policy", kind: readPolicy(driver.value.kind) };
    case "agent":
      return readAgent(driver.value, store);
  }
}

function readPolicy(text: string): PolicyKind {
  const kind = policyKinds.find((each) => each === text);
  if (kind === undefined) throw wrong(`policy.kind = "${text}" is none of ${policyKinds.join(", ")}`);
  return kind;
}

async function readAgent(agent: WireAgent, store: ArtifactStore): Promise<AgentDriver> {
  const vae = readRef(agent.vae, "vae");
  const mdnRnn = readRef(agent.mdnRnn, "mdn-rnn");
  const shape = agent.controller;
  if (shape === undefined) throw wrong("agent.controller is missing; give C's shape");
  const features = fromWireFeatures(shape.features);
  if (features === undefined) {
    throw wrong(`agent.controller.features = ${shape.features} is none of Z, ZH, ZCH`);
  }
  // M is read for C's sizes; V only has to be there: its bytes are checked by the workers, which need them.
  await store.open(vae);
  const { config, models } = await resolveDriver(
    store,
    { vae, "mdn-rnn": mdnRnn },
    { features, hidden: shape.hidden, bias: !shape.withoutBias },
  );
  const controller = controllerShape(config);
  return { type: "agent", store: store.root, ...models, controller };
}

function readRef(ref: ArtifactRef | undefined, kind: string): ArtifactRef {
  const field = `agent.${kind.replace("-", "_")}`;
  if (ref === undefined) throw wrong(`${field} is missing; name the artifact by its kind and digest`);
  if (ref.kind !== kind) throw wrong(`${field}.kind = "${ref.kind}", where "${kind}" is needed`);
  if (!/^[0-9a-f]{64}$/.test(ref.digest)) {
    throw wrong(`${field}.digest = "${ref.digest}" is not 64 lower-case hexadecimal digits`);
  }
  return { kind, digest: ref.digest };
}

function wrong(sentence: string): DomainError {
  return new DomainError("invalid-argument", sentence);
}
