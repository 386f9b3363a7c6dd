import type { ObservationArray } from "@worldmodels/env";
import type { Simulation } from "./simulation.js";

const WHEEL_NAMES = ["front_left", "front_right", "rear_left", "rear_right"] as const;
const forWheels = (name: string): string[] => WHEEL_NAMES.map((wheel) => `${name}_${wheel}`);

/**
 * The elements of the observation `state`: metres, radians, seconds; the hull's position is its origin's, the
 * joint angles are how far each wheel is turned against the hull, `gas` is the slowly rising pedal.
 */
export const STATE_NAMES: readonly string[] = [
  ...["hull_x", "hull_y", "hull_angle", "hull_vx", "hull_vy", "hull_angular_velocity"],
  ...forWheels("joint_angle"),
  ...forWheels("wheel_omega"),
  ...forWheels("wheel_phase"),
  ...["tiles_visited", "tile_count", "time_seconds", "score", "gas"],
];

const REAR_LEFT = 2;

/** Writes the observation `state` from `offset` on, in the order of `STATE_NAMES`. */
export function writeState(simulation: Simulation, out: ObservationArray, offset: number): void {
  const { course, car, progress } = simulation;
  if (course === undefined) return;
  const { bodies, jointAngles, timeSeconds } = course.scene;
  out.set(bodies.subarray(0, 6), offset);
  out.set(jointAngles, offset + 6);
  out.set(car.omega, offset + 10);
  out.set(car.phase, offset + 14);
  out[offset + 18] = progress.tilesVisited;
  out[offset + 19] = course.track.tileCount;
  out[offset + 20] = timeSeconds;
  out[offset + 21] = progress.score;
  out[offset + 22] = car.gas[REAR_LEFT] as number;
}
