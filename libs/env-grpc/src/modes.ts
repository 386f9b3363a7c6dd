import type { ActionBounds, AutoresetMode } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import {
  ActionBounds as ActionBoundsMessage,
  AutoresetMode as AutoresetMessage,
  FaultPolicy as FaultPolicyMessage,
} from "@worldmodels/proto/env";

/** What becomes of a slot whose engine failed: HOLD answers FAULTED until a reset, RESPAWN begins a new episode at once. */
export type FaultPolicy = "HOLD" | "RESPAWN";

const AUTORESET: Readonly<Record<AutoresetMode, AutoresetMessage>> = {
  DISABLED: AutoresetMessage.AUTORESET_MODE_DISABLED,
  NEXT_STEP: AutoresetMessage.AUTORESET_MODE_NEXT_STEP,
  SAME_STEP: AutoresetMessage.AUTORESET_MODE_SAME_STEP,
};
const BOUNDS: Readonly<Record<ActionBounds, ActionBoundsMessage>> = {
  refuse: ActionBoundsMessage.ACTION_BOUNDS_REFUSE,
  engine: ActionBoundsMessage.ACTION_BOUNDS_ENGINE,
};
const FAULTS: Readonly<Record<FaultPolicy, FaultPolicyMessage>> = {
  HOLD: FaultPolicyMessage.FAULT_POLICY_HOLD,
  RESPAWN: FaultPolicyMessage.FAULT_POLICY_RESPAWN,
};

export function autoresetToMessage(mode: AutoresetMode): AutoresetMessage {
  return AUTORESET[mode];
}

/** @param bounds undefined for the environment's own choice */
export function actionBoundsToMessage(bounds: ActionBounds | undefined): ActionBoundsMessage {
  return bounds === undefined ? ActionBoundsMessage.ACTION_BOUNDS_UNSPECIFIED : BOUNDS[bounds];
}

/** @param policy undefined for HOLD */
export function faultPolicyToMessage(policy: FaultPolicy | undefined): FaultPolicyMessage {
  return policy === undefined ? FaultPolicyMessage.FAULT_POLICY_UNSPECIFIED : FAULTS[policy];
}

/** All modes, as specs announce them: `createVectorEnv` has them for every kind. */
export const ALL_AUTORESET_MODES: readonly AutoresetMessage[] = Object.values(AUTORESET);

/** @throws DomainError `invalid-argument` for a number that stands for nothing */
export function readAutoreset(message: AutoresetMessage): AutoresetMode {
  return message === AutoresetMessage.AUTORESET_MODE_UNSPECIFIED
    ? "DISABLED"
    : keyOf(AUTORESET, message, "autoreset");
}

/** @returns undefined for the environment's own choice */
export function readActionBounds(message: ActionBoundsMessage): ActionBounds | undefined {
  return message === ActionBoundsMessage.ACTION_BOUNDS_UNSPECIFIED
    ? undefined
    : keyOf(BOUNDS, message, "action_bounds");
}

export function readFaultPolicy(message: FaultPolicyMessage): FaultPolicy {
  return message === FaultPolicyMessage.FAULT_POLICY_UNSPECIFIED
    ? "HOLD"
    : keyOf(FAULTS, message, "fault_policy");
}

function keyOf<K extends string>(table: Readonly<Record<K, number>>, value: number, what: string): K {
  const found = Object.entries<number>(table).find(([, number]) => number === value);
  if (found) return found[0] as K;
  throw new DomainError(
    "invalid-argument",
    `open: ${what} = ${value} is none of ${Object.entries(table)
      .map(([name, number]) => `${String(number)} (${name})`)
      .join(", ")}`,
  );
}
