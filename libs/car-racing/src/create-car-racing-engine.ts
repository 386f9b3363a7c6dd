import type { Engine, ObservationArray, StepOutcome } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { createRng, type Rng } from "@worldmodels/rng";
import { CAR_RACING_IDS, createCarRacingSpec, type CarRacingId } from "./car-racing-spec.js";
import type { Box2DFactory } from "./physics/box2d.js";
import { webAssembly } from "./physics/web-assembly.js";
import { createPainter, type Painter, type Scene } from "./picture/index.js";
import { resolveCarRacingSettings } from "./settings.js";
import { Simulation } from "./simulation.js";
import { packSlotState, unpackSlotState } from "./slot-state.js";
import { writeState } from "./state-observation.js";

export interface CarRacingOptions {
  readonly id: CarRacingId;
  /** Slots, at least 1. */
  readonly numEnvs: number;
  readonly box2d: Box2DFactory;
  /** Settings by name, text or typed; see `carRacingSettings`. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** What each discrete action does. */
const DISCRETE_CONTROLS: readonly (readonly [steer: number, gas: number, brake: number])[] = [
  [0, 0, 0],
  [0.6, 0, 0],
  [-0.6, 0, 0],
  [0, 0.2, 0],
  [0, 0, 0.8],
];

interface Slot {
  readonly simulation: Simulation;
  /** Undefined before the first reset. */
  rng: Rng | undefined;
  /** Whether the world has crashed and must be replaced. */
  crashed: boolean;
}

/**
 * CarRacing, slot by slot. A slot has a Box2D instance of its own, so its state is exact and its crash hurts no
 * other. Finite actions outside the bounds act as in Gymnasium: gas is clipped, steer and brake are not.
 *
 * @throws DomainError `invalid-argument` for an unknown id, a bad setting, or a number of slots below 1
 */
export async function createCarRacingEngine(options: CarRacingOptions): Promise<Engine> {
  const { id, numEnvs, box2d } = options;
  if (!CAR_RACING_IDS.includes(id)) {
    throw new DomainError(
      "invalid-argument",
      `there is no ${JSON.stringify(id)}; known: ${CAR_RACING_IDS.join(", ")}.`,
    );
  }
  const settings = resolveCarRacingSettings(id, options.settings ?? {});
  const spec = createCarRacingSpec(id, settings, box2d.version);
  if (!Number.isInteger(numEnvs) || numEnvs < 1 || numEnvs > spec.maxNumEnvs) {
    throw new DomainError(
      "invalid-argument",
      `${id}: numEnvs = ${numEnvs} is not a whole number from 1 to ${spec.maxNumEnvs}.`,
    );
  }
  const rules = {
    domainRandomize: settings.domain_randomize,
    lapCompletePercent: id === "CarRacing-v0" ? null : settings.lap_complete_percent,
    cameraFollowsVelocity: id === "CarRacing-v0",
  };
  const slots: Slot[] = [];
  for (let i = 0; i < numEnvs; i++) {
    slots.push({ simulation: await Simulation.create(box2d, rules), rng: undefined, crashed: false });
  }
  return new CarRacingEngine(spec, slots, settings.continuous);
}

class CarRacingEngine implements Engine {
  readonly numEnvs: number;
  readonly #slots: Slot[];
  readonly #painter: Painter = createPainter();
  readonly #continuous: boolean;

  constructor(
    readonly spec: Engine["spec"],
    slots: Slot[],
    continuous: boolean,
  ) {
    this.numEnvs = slots.length;
    this.#slots = slots;
    this.#continuous = continuous;
  }

  async reset(indices: readonly number[], seeds: readonly (bigint | undefined)[]): Promise<void> {
    for (const [i, index] of indices.entries()) {
      const slot = this.#slot(index);
      const seed = seeds[i];
      // Whoever gives no seed at first gets the slot's number, so that runs can be repeated.
      if (seed !== undefined || slot.rng === undefined) slot.rng = createRng(seed ?? index);
      if (slot.crashed) await slot.simulation.renewWorld();
      slot.crashed = false;
      slot.simulation.reset(slot.rng);
    }
  }

  step(indices: readonly number[], actions: Float32Array, outcome: StepOutcome): void {
    if (!this.#continuous) assertDiscrete(actions, indices);
    for (let row = 0; row < indices.length; row++) {
      const slot = this.#slot(indices[row] as number);
      try {
        this.#act(slot.simulation, actions, row);
      } catch (error) {
        // Only a trap of Box2D is a fault of the slot; anything else is a bug here.
        if (!(error instanceof webAssembly.RuntimeError)) throw error;
        slot.crashed = true;
        outcome.faulted[row] = 1;
        continue;
      }
      const { reward, terminated, lapFinished } = slot.simulation.result;
      outcome.rewards[row] = reward;
      outcome.terminated[row] = terminated ? 1 : 0;
      if (lapFinished !== undefined) outcome.setInfo("lap_finished", row, lapFinished ? 1 : 0);
    }
  }

  observe(index: number, name: string, out: ObservationArray, offset: number): void {
    const { simulation } = this.#slot(index);
    if (name === "state") writeState(simulation, out, offset);
    else if (name === "wm64") this.#painter.paintWm64(sceneOf(simulation), out as Uint8Array, offset);
    else this.#painter.paintRgb96(sceneOf(simulation), out as Uint8Array, offset);
  }

  render(index: number, width: number, height: number): Uint8Array {
    return this.#painter.paintPicture(sceneOf(this.#slot(index).simulation), width, height);
  }

  snapshot(index: number): Uint8Array {
    const { simulation, rng } = this.#slot(index);
    return packSlotState(simulation, rng ?? createRng(index));
  }

  restore(index: number, state: Uint8Array): void {
    const slot = this.#slot(index);
    slot.rng = unpackSlotState(slot.simulation, state);
  }

  close(): void {
    // The instances' memories go with the last reference to them.
    this.#slots.length = 0;
  }

  #act(simulation: Simulation, actions: Float32Array, row: number): void {
    if (this.#continuous) {
      const first = 3 * row;
      simulation.step(actions[first] as number, actions[first + 1] as number, actions[first + 2] as number);
    } else {
      const [steer, gas, brake] = DISCRETE_CONTROLS[actions[row] as number] as readonly [
        number,
        number,
        number,
      ];
      simulation.step(steer, gas, brake);
    }
  }

  #slot(index: number): Slot {
    const slot = this.#slots[index];
    if (slot === undefined) {
      throw new DomainError(
        "failed-precondition",
        `${this.spec.id} has no slot ${index}: it has ${this.#slots.length}, none once closed.`,
      );
    }
    return slot;
  }
}

/** All actions are checked before any slot moves. */
function assertDiscrete(actions: Float32Array, indices: readonly number[]): void {
  indices.forEach((slot, row) => {
    const action = actions[row] as number;
    if (!(action in DISCRETE_CONTROLS)) {
      throw new DomainError(
        "invalid-argument",
        `the action of slot ${slot} is ${action}; it must be a whole number from 0 to ${DISCRETE_CONTROLS.length - 1}; no slot has moved.`,
      );
    }
  });
}

function sceneOf(simulation: Simulation): Scene {
  if (simulation.course === undefined) {
    throw new DomainError(
      "failed-precondition",
      "a slot that was never reset has nothing to show; reset it first.",
    );
  }
  return simulation.course.scene;
}
