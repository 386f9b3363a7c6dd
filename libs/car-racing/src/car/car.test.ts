import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "@worldmodels/rng";
import { loadTestBox2D } from "../fixtures.test-helper.js";
import { Simulation } from "../simulation.js";
import { Car } from "./car.js";

const rules = { domainRandomize: false, lapCompletePercent: 0.95, cameraFollowsVelocity: false };

test("gas rises by at most 0.1 a step, falls at once, and is clipped to 0 and 1", () => {
  const car = new Car();
  const gasAfter = (wanted: number): number => {
    car.control(0, wanted, 0);
    return car.gas[2]!;
  };
  assert.equal(gasAfter(1), 0.1);
  assert.equal(gasAfter(1), 0.2);
  assert.equal(gasAfter(0.25), 0.25);
  assert.equal(gasAfter(-3), 0);
  for (let i = 0; i < 20; i++) gasAfter(7);
  assert.equal(car.gas[3], 1);
  assert.deepEqual([...car.gas.slice(0, 2)], [0, 0], "the front wheels have no engine");
});

test("steering turns the front wheels only, and the brake acts on all", () => {
  const car = new Car();
  car.control(0.4, 0, 0.5);
  assert.deepEqual([...car.steer], [0.4, 0.4, 0, 0]);
  assert.deepEqual([...car.brake], [0.5, 0.5, 0.5, 0.5]);
});

for (const [brake, expected] of [
  [0, 60],
  [-1, 60],
  [0.5, 52.5],
  [0.9, 0],
  [1, 0],
] as const) {
  test(`a brake of ${brake} takes a wheel in the air from 60 rad/s to ${expected}`, async () => {
    const simulation = await Simulation.create(await loadTestBox2D(), rules);
    simulation.reset(createRng(0));
    const { car, world } = simulation;
    const phase = car.phase[0]!;
    car.omega[0] = 60;
    car.control(0, 0, brake);
    car.step(world);
    // The wheel's rotation is counted before the road acts on its spin.
    assert.ok(Math.abs((car.phase[0]! - phase) / 0.02 - expected) < 1e-9);
  });
}
