import {
  CAR_SIZE,
  HULL_POLYGONS,
  STEER_LIMIT,
  STEER_TORQUE,
  WHEEL_CENTRES,
  WHEEL_POLYGON,
} from "../constants.js";
import type { RoadSurface } from "../picture/scene.js";
import type { Box2D } from "./box2d.js";
import { BODY } from "./box2d-layout.js";

const DYNAMIC_BODY = 2;
const MAX_POLYGON_POINTS = 8;
/** Wheels meet the road only, and not each other. */
const WHEEL_CATEGORY = 0x0020;
const WHEEL_MASK = 0x0001;

/** The hull's mass in float32 as Box2D 2.3 adds it up; 2.4 takes another reference point and differs in the last bits. */
const HULL_MASS = {
  mass: 7.059999942779541,
  inverseMass: 0.14164306223392487,
  inertia: 18.212276458740234,
  inverseInertia: 0.05490801855921745,
  centreX: 1.4774523826588393e-9,
  centreY: -0.08253088593482971,
} as const;

/** Who a fixture is, as its user data: a tile its number + 1, a wheel minus its number - 1, the hull 0. */
export const fixtureTag = {
  ofTile: (tile: number): number => tile + 1,
  ofWheel: (wheel: number): number => -wheel - 1,
  /** The tile of a contact's two fixtures. */
  tileOf: (a: number, b: number): number => Math.max(a, b) - 1,
  /** The wheel of a contact's two fixtures, or -1 for the hull. */
  wheelOf: (a: number, b: number): number => (Math.min(a, b) < 0 ? -Math.min(a, b) - 1 : -1),
} as const;

/** Makes each tile of the road a sensor on one resting body; the original has a body per tile, which costs time only. */
export function buildRoad(box2d: Box2D, world: number, road: RoadSurface): void {
  const { shape, points, fixture, userData } = createFixtureDefinition(box2d);
  box2d._emscripten_bind_b2FixtureDef_set_isSensor_1(fixture, 1);
  const ground = box2d._emscripten_bind_b2World_CreateBody_1(
    world,
    box2d._emscripten_bind_b2BodyDef_b2BodyDef_0(),
  );
  road.tileOfQuad.forEach((tile, quad) => {
    if (tile < 0) return;
    box2d.HEAPF32.set(road.corners.subarray(8 * quad, 8 * quad + 8), points >> 2);
    box2d._emscripten_bind_b2PolygonShape_Set_2(shape, points, 4);
    box2d._emscripten_bind_b2FixtureUserData_set_pointer_1(userData, fixtureTag.ofTile(tile));
    box2d._emscripten_bind_b2Body_CreateFixture_1(ground, fixture);
  });
}

/** Addresses of the parts of a car. */
export interface CarParts {
  /** Hull, then the wheels. */
  readonly bodies: readonly number[];
  /** The steering joint of each wheel. */
  readonly joints: readonly number[];
}

/**
 * Makes the car at rest, in the original's order, which is the order in which the solver goes through it.
 *
 * @param x, y metres
 * @param angle radians
 */
export function buildCar(box2d: Box2D, world: number, x: number, y: number, angle: number): CarParts {
  const vector = box2d._emscripten_bind_b2Vec2_b2Vec2_2(0, 0);
  const definition = box2d._emscripten_bind_b2BodyDef_b2BodyDef_0();
  box2d._emscripten_bind_b2BodyDef_set_type_1(definition, DYNAMIC_BODY);
  box2d._emscripten_bind_b2BodyDef_set_angle_1(definition, angle);
  const setVector = (vectorX: number, vectorY: number): number => {
    box2d._emscripten_bind_b2Vec2_set_x_1(vector, vectorX);
    box2d._emscripten_bind_b2Vec2_set_y_1(vector, vectorY);
    return vector;
  };
  const createBody = (bodyX: number, bodyY: number): number => {
    box2d._emscripten_bind_b2BodyDef_set_position_1(definition, setVector(bodyX, bodyY));
    return box2d._emscripten_bind_b2World_CreateBody_1(world, definition);
  };
  const { shape, points, fixture, userData } = createFixtureDefinition(box2d);
  const addPolygon = (body: number, polygon: readonly (readonly [number, number])[]): void => {
    const metres = polygon.flat().map((coordinate) => coordinate * CAR_SIZE);
    box2d.HEAPF32.set(metres, points >> 2);
    box2d._emscripten_bind_b2PolygonShape_Set_2(shape, points, polygon.length);
    box2d._emscripten_bind_b2Body_CreateFixture_1(body, fixture);
  };

  const hull = createBody(x, y);
  box2d._emscripten_bind_b2FixtureDef_set_density_1(fixture, 1);
  for (const polygon of HULL_POLYGONS) addPolygon(hull, polygon);
  setHullMass(box2d.HEAPF32, hull);

  const filter = box2d._emscripten_bind_b2FixtureDef_get_filter_0(fixture);
  box2d._emscripten_bind_b2Filter_set_categoryBits_1(filter, WHEEL_CATEGORY);
  box2d._emscripten_bind_b2Filter_set_maskBits_1(filter, WHEEL_MASK);
  box2d._emscripten_bind_b2FixtureDef_set_density_1(fixture, 0.1);
  const joint = createJointDefinition(box2d, hull);
  const bodies = [hull];
  const joints: number[] = [];
  WHEEL_CENTRES.forEach(([centreX, centreY], wheel) => {
    // Beside the hull and not turned with it, as the original has it: the first step pulls the wheels in.
    const body = createBody(x + centreX * CAR_SIZE, y + centreY * CAR_SIZE);
    box2d._emscripten_bind_b2FixtureUserData_set_pointer_1(userData, fixtureTag.ofWheel(wheel));
    addPolygon(body, WHEEL_POLYGON);
    const anchor = setVector(centreX * CAR_SIZE, centreY * CAR_SIZE);
    box2d._emscripten_bind_b2RevoluteJointDef_set_localAnchorA_1(joint, anchor);
    box2d._emscripten_bind_b2RevoluteJointDef_set_bodyB_1(joint, body);
    bodies.push(body);
    joints.push(box2d._emscripten_bind_b2World_CreateJoint_1(world, joint));
  });
  return { bodies, joints };
}

function createFixtureDefinition(box2d: Box2D): {
  shape: number;
  points: number;
  fixture: number;
  userData: number;
} {
  const shape = box2d._emscripten_bind_b2PolygonShape_b2PolygonShape_0();
  const fixture = box2d._emscripten_bind_b2FixtureDef_b2FixtureDef_0();
  box2d._emscripten_bind_b2FixtureDef_set_shape_1(fixture, shape);
  const userData = box2d._emscripten_bind_b2FixtureDef_get_userData_0(fixture);
  return { shape, points: box2d._malloc(8 * MAX_POLYGON_POINTS), fixture, userData };
}

function createJointDefinition(box2d: Box2D, hull: number): number {
  const definition = box2d._emscripten_bind_b2RevoluteJointDef_b2RevoluteJointDef_0();
  box2d._emscripten_bind_b2RevoluteJointDef_set_bodyA_1(definition, hull);
  box2d._emscripten_bind_b2RevoluteJointDef_set_enableMotor_1(definition, 1);
  box2d._emscripten_bind_b2RevoluteJointDef_set_enableLimit_1(definition, 1);
  box2d._emscripten_bind_b2RevoluteJointDef_set_maxMotorTorque_1(definition, STEER_TORQUE);
  box2d._emscripten_bind_b2RevoluteJointDef_set_lowerAngle_1(definition, -STEER_LIMIT);
  box2d._emscripten_bind_b2RevoluteJointDef_set_upperAngle_1(definition, STEER_LIMIT);
  return definition;
}

function setHullMass(memory: Float32Array, hull: number): void {
  const read = (offset: number): number => memory[(hull + offset) >> 2] as number;
  const write = (offset: number, value: number): void => {
    memory[(hull + offset) >> 2] = value;
  };
  const { fround } = Math;
  const { centreX, centreY } = HULL_MASS;
  const sin = read(BODY.sin);
  const cos = read(BODY.cos);
  // The centre of mass in the world, rounded after each operation.
  const x = fround(fround(cos * centreX) - fround(sin * centreY)) + read(BODY.positionX);
  const y = fround(fround(sin * centreX) + fround(cos * centreY)) + read(BODY.positionY);
  write(BODY.mass, HULL_MASS.mass);
  write(BODY.inverseMass, HULL_MASS.inverseMass);
  write(BODY.inertia, HULL_MASS.inertia);
  write(BODY.inverseInertia, HULL_MASS.inverseInertia);
  write(BODY.localCentreX, centreX);
  write(BODY.localCentreY, centreY);
  for (const offset of [BODY.startCentreX, BODY.centreX]) write(offset, x);
  for (const offset of [BODY.startCentreY, BODY.centreY]) write(offset, y);
}
