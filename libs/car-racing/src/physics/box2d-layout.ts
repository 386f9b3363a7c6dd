import { DomainError } from "@worldmodels/errors";
import type { Box2D } from "./box2d.js";

// Where box2d-wasm 7.0.0 keeps things in its memory, in bytes. Reading and writing there costs a few
// nanoseconds, and reaches what the bindings do not give: the joints' impulses, the masses, the sleep timers.

/** Offsets in b2Body. `sweep` centres are of mass, `position` is the body's origin. */
export const BODY = {
  flags: 4,
  positionX: 12,
  positionY: 16,
  sin: 20,
  cos: 24,
  localCentreX: 28,
  localCentreY: 32,
  startCentreX: 36,
  startCentreY: 40,
  centreX: 44,
  centreY: 48,
  startAngle: 52,
  angle: 56,
  velocityX: 64,
  velocityY: 68,
  angularVelocity: 72,
  mass: 116,
  inverseMass: 120,
  inertia: 124,
  inverseInertia: 128,
  sleepSeconds: 144,
} as const;
/** The bit of `BODY.flags` that says that the body is awake. */
export const AWAKE_FLAG = 2;

/** Offsets in b2RevoluteJoint. */
export const JOINT = {
  anchorAX: 68,
  lowerImpulse: 96,
  upperImpulse: 100,
  motorSpeed: 112,
  limitEnabled: 116,
  upperAngle: 128,
} as const;

/** Offsets in b2Contact and b2Fixture. */
export const CONTACT = { fixtureA: 48, fixtureB: 52 } as const;
export const FIXTURE = { userData: 44 } as const;

/** Static data lie below the first, the stack between them, the heap from the second on. */
export const STATIC_END = 17536;
export const HEAP_START = 5260416;
/** Where the C library keeps the end of the heap. */
export const HEAP_END_ADDRESS = 10428;

/**
 * Builds a body and a joint with known numbers through the bindings and looks for them at the offsets above.
 *
 * @throws DomainError `failed-precondition` where this is not the build that the offsets are of
 */
export function assertLayout(box2d: Box2D): void {
  const vector = (x: number, y: number): number => box2d._emscripten_bind_b2Vec2_b2Vec2_2(x, y);
  const heapStart = box2d.HEAP32[HEAP_END_ADDRESS >> 2];
  const world = box2d._emscripten_bind_b2World_b2World_1(vector(0, 0));
  const heapGrew = (box2d.HEAP32[HEAP_END_ADDRESS >> 2] ?? 0) > HEAP_START;
  const bodyDefinition = box2d._emscripten_bind_b2BodyDef_b2BodyDef_0();
  box2d._emscripten_bind_b2BodyDef_set_type_1(bodyDefinition, 2);
  box2d._emscripten_bind_b2BodyDef_set_position_1(bodyDefinition, vector(3, 5));
  box2d._emscripten_bind_b2BodyDef_set_angle_1(bodyDefinition, 0.75);
  const bodyA = box2d._emscripten_bind_b2World_CreateBody_1(world, bodyDefinition);
  const bodyB = box2d._emscripten_bind_b2World_CreateBody_1(world, bodyDefinition);
  const shape = box2d._emscripten_bind_b2PolygonShape_b2PolygonShape_0();
  const points = box2d._malloc(24);
  box2d.HEAPF32.set([0, 0, 6, 0, 0, 6], points >> 2);
  box2d._emscripten_bind_b2PolygonShape_Set_2(shape, points, 3);
  const fixtureDefinition = box2d._emscripten_bind_b2FixtureDef_b2FixtureDef_0();
  box2d._emscripten_bind_b2FixtureDef_set_shape_1(fixtureDefinition, shape);
  box2d._emscripten_bind_b2FixtureDef_set_density_1(fixtureDefinition, 0.5);
  const userData = box2d._emscripten_bind_b2FixtureDef_get_userData_0(fixtureDefinition);
  box2d._emscripten_bind_b2FixtureUserData_set_pointer_1(userData, 4711);
  const fixture = box2d._emscripten_bind_b2Body_CreateFixture_1(bodyA, fixtureDefinition);
  const jointDefinition = box2d._emscripten_bind_b2RevoluteJointDef_b2RevoluteJointDef_0();
  box2d._emscripten_bind_b2RevoluteJointDef_set_bodyA_1(jointDefinition, bodyA);
  box2d._emscripten_bind_b2RevoluteJointDef_set_bodyB_1(jointDefinition, bodyB);
  box2d._emscripten_bind_b2RevoluteJointDef_set_localAnchorA_1(jointDefinition, vector(7, 8));
  box2d._emscripten_bind_b2RevoluteJointDef_set_enableLimit_1(jointDefinition, 1);
  box2d._emscripten_bind_b2RevoluteJointDef_set_upperAngle_1(jointDefinition, 0.625);
  const joint = box2d._emscripten_bind_b2World_CreateJoint_1(world, jointDefinition);
  const float = (address: number): number | undefined => box2d.HEAPF32[address >> 2];
  const near = (address: number, value: number): boolean => Math.abs((float(address) ?? NaN) - value) < 1e-5;
  const agrees =
    heapStart === HEAP_START &&
    heapGrew &&
    near(bodyA + BODY.positionX, 3) &&
    near(bodyA + BODY.positionY, 5) &&
    near(bodyA + BODY.sin, Math.sin(0.75)) &&
    near(bodyA + BODY.cos, Math.cos(0.75)) &&
    near(bodyA + BODY.localCentreX, 2) &&
    near(bodyA + BODY.centreX, 3 + 2 * Math.cos(0.75) - 2 * Math.sin(0.75)) &&
    near(bodyA + BODY.angle, 0.75) &&
    near(bodyA + BODY.mass, 9) &&
    near(bodyA + BODY.inverseInertia, 1 / 36) &&
    ((box2d.HEAPU16[(bodyA + BODY.flags) >> 1] ?? 0) & AWAKE_FLAG) !== 0 &&
    box2d.HEAP32[(fixture + FIXTURE.userData) >> 2] === 4711 &&
    near(joint + JOINT.anchorAX, 7) &&
    box2d.HEAPU8[joint + JOINT.limitEnabled] === 1 &&
    near(joint + JOINT.upperAngle, 0.625);
  if (!agrees) {
    throw new DomainError(
      "failed-precondition",
      "this Box2D does not lay out its memory as box2d-wasm 7.0.0's dist/umd/Box2D.wasm does; install that version.",
    );
  }
}
