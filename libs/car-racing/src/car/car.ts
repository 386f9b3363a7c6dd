import {
  BRAKE_STRENGTH,
  ENGINE_POWER,
  FRICTION_LIMIT,
  GRASS_GRIP,
  SLIP_STIFFNESS,
  STEPS_PER_SECOND,
  WHEEL_INERTIA,
  WHEEL_RADIUS,
} from "../constants.js";
import type { CarWorld } from "../physics/car-world.js";

const SECONDS = 1 / STEPS_PER_SECOND;
const FRONT_WHEELS = [0, 1] as const;
const REAR_WHEELS = [2, 3] as const;
const WHEELS = 4;
/** Most that the gas can rise in a step. */
const GAS_RISE = 0.1;
/** From here on the brake locks the wheels. */
const LOCKING_BRAKE = 0.9;

/**
 * What a car is apart from its bodies: pedals, steering, and the wheels' spin. Numbers are float64 and in the
 * order of operations of Gymnasium's car, so that they agree to the last bit.
 */
export class Car {
  /** Angle that a wheel is to be turned to, radians, positive to the left. */
  readonly steer = new Float64Array(WHEELS);
  /** How far the gas pedal is down, 0 to 1; it rises gradually. */
  readonly gas = new Float64Array(WHEELS);
  readonly brake = new Float64Array(WHEELS);
  /** Spin, rad/s. */
  readonly omega = new Float64Array(WHEELS);
  /** Rotation, radians, not wrapped. */
  readonly phase = new Float64Array(WHEELS);
  /** Road tiles that each wheel touches. */
  readonly tilesTouched = new Int32Array(WHEELS);

  reset(): void {
    for (const state of [this.steer, this.gas, this.brake, this.omega, this.phase, this.tilesTouched])
      state.fill(0);
  }

  /**
   * @param steer target angle of the front wheels, radians, positive to the left
   * @param gas 0 to 1, clipped
   * @param brake 0 to 1, not clipped
   */
  control(steer: number, gas: number, brake: number): void {
    for (const wheel of FRONT_WHEELS) this.steer[wheel] = steer;
    const wanted = Math.min(Math.max(gas, 0), 1);
    for (const wheel of REAR_WHEELS) {
      const now = this.gas[wheel] as number;
      this.gas[wheel] = now + Math.min(wanted - now, GAS_RISE);
    }
    this.brake.fill(brake);
  }

  /** Turns the wheels and pushes the bodies with the forces of the tyres; the world's step comes after. */
  step(world: CarWorld): void {
    for (let wheel = 0; wheel < WHEELS; wheel++) this.stepWheel(wheel, world);
  }

  private stepWheel(wheel: number, world: CarWorld): void {
    const turn = (this.steer[wheel] as number) - world.jointAngle(wheel);
    world.setMotorSpeed(wheel, Math.sign(turn) * Math.min(50 * Math.abs(turn), 3));

    const grip = this.tilesTouched[wheel] === 0 ? FRICTION_LIMIT * GRASS_GRIP : FRICTION_LIMIT;
    // Forward is (-sin, cos), sideways (cos, sin).
    const sin = world.wheelSin(wheel);
    const cos = world.wheelCos(wheel);
    const velocityX = world.wheelVelocityX(wheel);
    const velocityY = world.wheelVelocityY(wheel);
    const forwardSpeed = -sin * velocityX + cos * velocityY;
    const sideSpeed = cos * velocityX + sin * velocityY;

    let omega = this.omega[wheel] as number;
    omega += (SECONDS * ENGINE_POWER * (this.gas[wheel] as number)) / WHEEL_INERTIA / (Math.abs(omega) + 5);
    omega = brakeWheel(omega, this.brake[wheel] as number);
    this.phase[wheel] = (this.phase[wheel] as number) + omega * SECONDS;

    let forward = (-forwardSpeed + omega * WHEEL_RADIUS) * SLIP_STIFFNESS;
    let side = -sideSpeed * SLIP_STIFFNESS;
    const force = Math.sqrt(forward * forward + side * side);
    if (force > grip) {
      forward = (forward / force) * grip;
      side = (side / force) * grip;
    }
    this.omega[wheel] = omega - (SECONDS * forward * WHEEL_RADIUS) / WHEEL_INERTIA;
    world.pushWheel(wheel, side * cos + forward * -sin, side * sin + forward * cos);
  }
}

function brakeWheel(omega: number, brake: number): number {
  if (brake >= LOCKING_BRAKE) return 0;
  if (brake <= 0) return omega;
  return omega - Math.sign(omega) * Math.min(BRAKE_STRENGTH * brake, Math.abs(omega));
}
