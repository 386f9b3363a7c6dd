import type { ControllerFeatures } from "@worldmodels/agent";
import { ControllerFeatures as WireFeatures } from "@worldmodels/proto/rollout";

/** What C sees, as messages say it; the one table, read in both directions. */
const FEATURES: Readonly<Record<ControllerFeatures, WireFeatures>> = {
  z: WireFeatures.CONTROLLER_FEATURES_Z,
  zh: WireFeatures.CONTROLLER_FEATURES_ZH,
  zch: WireFeatures.CONTROLLER_FEATURES_ZCH,
};

export function toWireFeatures(features: ControllerFeatures): WireFeatures {
  return FEATURES[features];
}

/** @returns undefined for what this version does not know, UNSPECIFIED included */
export function fromWireFeatures(wire: WireFeatures): ControllerFeatures | undefined {
  return (Object.keys(FEATURES) as ControllerFeatures[]).find((features) => FEATURES[features] === wire);
}
