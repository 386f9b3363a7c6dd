// The numbers of Gymnasium's CarRacing, written as the same expressions, because a product taken in another
// order differs in the last bit.

/** Steps per simulated second. */
export const STEPS_PER_SECOND = 50;
/** Metres per unit of the original's drawing plan. */
export const SCALE = 6;
/** The radius around which checkpoints lie, metres. */
export const TRACK_RADIUS = 900 / SCALE;
/** A car further from the centre than this, along x or y, has left the game; metres. */
export const PLAYFIELD = 2000 / SCALE;
/** Length of a road tile, metres. */
export const TRACK_DETAIL_STEP = 21 / SCALE;
/** Greatest turn from one tile to the next, radians. */
export const TRACK_TURN_RATE = 0.31;
/** Half the width of the road, metres. */
export const TRACK_HALF_WIDTH = 40 / SCALE;
/** Width of a kerb, metres. */
export const KERB_WIDTH = 8 / SCALE;
/** As many tiles in a row must turn sharply the same way for a kerb. */
export const KERB_MIN_TILES = 4;
export const CHECKPOINTS = 12;

/** Metres per unit of the car's plan. */
export const CAR_SIZE = 0.02;
export const ENGINE_POWER = 100000000 * CAR_SIZE * CAR_SIZE;
export const WHEEL_INERTIA = 4000 * CAR_SIZE * CAR_SIZE;
/** Greatest force of a wheel on the road, newtons; on grass `GRASS_GRIP` of it. */
export const FRICTION_LIMIT = 1000000 * CAR_SIZE * CAR_SIZE;
export const GRASS_GRIP = 0.6;
/** Newtons per m/s of slip, below the limit. */
export const SLIP_STIFFNESS = 205000 * CAR_SIZE * CAR_SIZE;
export const WHEEL_RADIUS = 27 * CAR_SIZE;
/** Greatest steering torque, newton metres. */
export const STEER_TORQUE = 180 * 900 * CAR_SIZE * CAR_SIZE;
/** How far the wheels can be turned, radians. */
export const STEER_LIMIT = 0.4;
/** Rad/s that a fully pressed brake takes off a wheel per step. */
export const BRAKE_STRENGTH = 15;

type Point = readonly [x: number, y: number];

/** The convex parts of the hull, units of `CAR_SIZE`, y forward. */
export const HULL_POLYGONS: readonly (readonly Point[])[] = [
  [
    [-60, 130],
    [60, 130],
    [60, 110],
    [-60, 110],
  ],
  [
    [-15, 120],
    [15, 120],
    [20, 20],
    [-20, 20],
  ],
  [
    [25, 20],
    [50, -10],
    [50, -40],
    [20, -90],
    [-20, -90],
    [-50, -40],
    [-50, -10],
    [-25, 20],
  ],
  [
    [-50, -120],
    [50, -120],
    [50, -90],
    [-50, -90],
  ],
];
export const WHEEL_POLYGON: readonly Point[] = [
  [-14, 27],
  [14, 27],
  [14, -27],
  [-14, -27],
];
/** Centres of the wheels: front-left, front-right, rear-left, rear-right. */
export const WHEEL_CENTRES: readonly Point[] = [
  [-55, 80],
  [55, 80],
  [-55, -82],
  [55, -82],
];
