import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "@worldmodels/rng";
import { loadTestBox2D, readRecording, recordingNames, type Recording } from "./fixtures.test-helper.js";
import { Simulation } from "./simulation.js";

const box2d = await loadTestBox2D();
const DISCRETE_CONTROLS = [
  [0, 0, 0],
  [0.6, 0, 0],
  [-0.6, 0, 0],
  [0, 0.2, 0],
  [0, 0, 0.8],
];

async function begin(recording: Recording): Promise<Simulation> {
  const simulation = await Simulation.create(box2d, {
    domainRandomize: recording.kwargs["domain_randomize"] === true,
    lapCompletePercent: 0.95,
    cameraFollowsVelocity: false,
  });
  simulation.reset(createRng(recording.seed));
  return simulation;
}

function act(simulation: Simulation, action: number | number[]): void {
  const [steer, gas, brake] = typeof action === "number" ? DISCRETE_CONTROLS[action]! : action;
  simulation.step(steer!, gas!, brake!);
}

/** Distance of the hull from where the recording has it, metres. */
function hullError(simulation: Simulation, [x, y]: readonly [number, number]): number {
  const { bodies } = simulation.course!.scene;
  return Math.hypot(bodies[0]! - x, bodies[1]! - y);
}

assert.equal(recordingNames.length, 34);
for (const name of recordingNames) {
  const recording = readRecording(name);
  const { steps } = recording;

  test(`${name}: the reset leaves every body exactly where Gymnasium has it`, async () => {
    const simulation = await begin(recording);
    const { scene } = simulation.course!;
    assert.equal(hullError(simulation, recording.reset.hull_pos), 0);
    assert.equal(scene.bodies[2], recording.reset.hull_angle);
    assert.deepEqual([...scene.jointAngles], recording.reset.joint_angle);
    assert.equal(simulation.progress.tilesVisited, recording.reset.tile_visited_count);
    assert.deepEqual([...scene.bodies.slice(6)], recording.wheels_first[0]!.flat());
  });

  test(`${name}: 300 steps stay within 1 mm of the recording, with the same rewards, tiles and ending`, async () => {
    const simulation = await begin(recording);
    const count = Math.min(300, recording.actions.length);
    for (let k = 0; k < count; k++) {
      act(simulation, recording.actions[k]!);
      const error = hullError(simulation, steps.hull_pos[k]!);
      assert.ok(error < 1e-3, `the hull is ${error} m off after step ${k + 1}`);
      assertOutcome(simulation, recording, k);
    }
  });
}

function assertOutcome(simulation: Simulation, { steps }: Recording, k: number): void {
  const { result, progress } = simulation;
  const at = `step ${k + 1}`;
  assert.ok(Math.abs(result.reward - steps.reward[k]!) < 1e-9, `reward ${result.reward} in ${at}`);
  assert.equal(progress.tilesVisited, steps.tile_visited_count[k], `tiles visited in ${at}`);
  assert.equal(result.terminated, steps.terminated[k], `terminated in ${at}`);
  assert.equal(result.lapFinished ?? null, steps.lap_finished[k], `lap finished in ${at}`);
}

for (const name of recordingNames.filter((each) => /^(driver|lap)/.test(each))) {
  test(`${name}: to its end, rewards, tiles and ending are the recording's, and the hull within 5 mm`, async () => {
    const recording = readRecording(name);
    const simulation = await begin(recording);
    recording.actions.forEach((action, k) => {
      act(simulation, action);
      assertOutcome(simulation, recording, k);
      assert.ok(hullError(simulation, recording.steps.hull_pos[k]!) < 5e-3, `hull in step ${k + 1}`);
    });
  });
}

test("where no sine rounds differently, the bodies agree with the recording to the last bit for 300 steps", async () => {
  const recording = readRecording("coast_seed0");
  const { steps, wheels_first: wheelsFirst } = recording;
  const simulation = await begin(recording);
  const { scene } = simulation.course!;
  recording.actions.forEach((action, k) => {
    act(simulation, action);
    assert.deepEqual([...scene.bodies.slice(0, 3)], [...steps.hull_pos[k]!, steps.hull_angle[k]]);
    assert.deepEqual([...scene.jointAngles], steps.joint_angle[k]);
    simulation.car.omega.forEach((omega, wheel) =>
      assert.ok(Math.abs(omega - steps.omega[k]![wheel]!) < 1e-6),
    );
    assert.deepEqual([...scene.bodies.slice(6)], wheelsFirst[k + 1]?.flat() ?? [...scene.bodies.slice(6)]);
  });
});

test("scenes have the recording's time, score, and tiles touched and visited", async () => {
  const recording = readRecording("lap_seed0");
  const simulation = await begin(recording);
  const { scene, visited } = simulation.course!;
  const marked = (marks: Uint8Array) => [...marks.keys()].filter((tile) => marks[tile] === 1);
  let step = 0;
  recording.obs_steps.forEach((obsStep, i) => {
    for (; step < obsStep; step++) act(simulation, recording.actions[step]!);
    const expected = recording.scenes[i]!;
    assert.ok(Math.abs(scene.timeSeconds - expected.time) < 1e-9);
    assert.ok(Math.abs(scene.score - expected.score_drawn) < 1e-9, `score in step ${obsStep}`);
    assert.deepEqual(marked(visited), expected.visited);
    assert.deepEqual(marked(scene.touched), expected.plain_colour);
  });
  assert.equal(step, recording.obs_steps.at(-1));
});

test("a wheel at full lock goes beyond its limit, as in Box2D 2.3", async () => {
  const recording = readRecording("fulllock_left_seed0");
  const simulation = await begin(recording);
  let widest = 0;
  for (const action of recording.actions.slice(0, 60)) {
    act(simulation, action);
    widest = Math.max(widest, simulation.course!.scene.jointAngles[0]!);
  }
  assert.ok(widest > 0.41, `widest angle ${widest}`);
  const recorded = Math.max(...recording.steps.joint_angle.slice(0, 60).map((angles) => angles[0]!));
  assert.ok(Math.abs(widest - recorded) < 1e-5, `${widest}, recorded ${recorded}`);
});

test("the first reward is for the two tiles under the car at the start", async () => {
  for (const seed of [3, 4, 5]) {
    const simulation = await begin({ ...readRecording("coast_seed0"), seed });
    assert.equal(simulation.progress.tilesVisited, 2);
    const { tileCount } = simulation.course!.track;
    simulation.step(0, 0, 0);
    assert.ok(Math.abs(simulation.result.reward - (2000 / tileCount - 0.1)) < 1e-9);
  }
});

test("a car left alone falls asleep after half a second and wakes for the next step", async () => {
  // Recorded from Gymnasium 1.4.0, box2d 2.3.10: with seed 42 and no action, the hull is asleep after these steps.
  const asleepAfter = [26, 51, 76, 101];
  const simulation = await begin(readRecording("coast_seed42"));
  const asleep: number[] = [];
  for (let step = 1; step <= 110; step++) {
    simulation.step(0, 0, 0);
    const { bodies } = simulation.course!.scene;
    if ([3, 4, 5].every((i) => bodies[i] === 0)) asleep.push(step);
  }
  assert.deepEqual(asleep, asleepAfter);
});

test("a reset forgets everything that was before it", async () => {
  const recording = readRecording("random_seed1");
  const used = await begin(readRecording("driver_seed6"));
  for (let k = 0; k < 50; k++) used.step(0.3, 1, 0);
  used.reset(createRng(recording.seed));
  const fresh = await begin(recording);
  for (const action of recording.actions.slice(0, 100)) {
    act(used, action);
    act(fresh, action);
    assert.deepEqual(used.course!.scene.bodies, fresh.course!.scene.bodies);
  }
  const { memory } = used.world.save();
  assert.deepEqual(memory, fresh.world.save().memory, "even the worlds' memories are equal");
});

test("the camera of v0 looks along the velocity once the car moves, that of v3 along the hull", async () => {
  const recording = readRecording("driver_seed1");
  const v0 = await Simulation.create(box2d, {
    domainRandomize: false,
    lapCompletePercent: null,
    cameraFollowsVelocity: true,
  });
  v0.reset(createRng(recording.seed));
  const v3 = await begin(recording);
  const { scene } = v0.course!;
  assert.equal(scene.cameraAngle, -scene.bodies[2]!);
  for (const action of recording.actions.slice(0, 40)) {
    act(v0, action);
    act(v3, action);
  }
  assert.ok(Math.hypot(scene.bodies[3]!, scene.bodies[4]!) > 0.5);
  assert.equal(scene.cameraAngle, Math.atan2(scene.bodies[3]!, scene.bodies[4]!));
  assert.equal(v3.course!.scene.cameraAngle, -v3.course!.scene.bodies[2]!);
  assert.deepEqual(scene.bodies, v3.course!.scene.bodies);
});
