/** What stays the same during an episode: the ground and the road's polygons. World units are metres. */
export interface RoadSurface {
  /** Number of road tiles, N. */
  readonly tileCount: number;
  /** Corners of every quad in drawing order (a tile, then its kerb if it has one): `[quads, 4, 2]`, x then y. */
  readonly corners: Float64Array;
  /** The tile that each quad is, or -1 for a kerb: `[quads]`. */
  readonly tileOfQuad: Int32Array;
  /** Colour of each quad as made (striped road, white and red kerbs): uint8 RGB `[quads, 3]`. */
  readonly colours: Uint8Array;
  /** Road colour that a touched tile takes, uint8 RGB. */
  readonly plainColour: readonly [number, number, number];
  readonly background: readonly [number, number, number];
  readonly grass: readonly [number, number, number];
}

/** All that a picture of one moment is made of. The simulation updates one in place; painters only read it. */
export interface Scene {
  readonly road: RoadSurface;
  /** 1 for tiles drawn in the plain road colour: `[tileCount]`. */
  readonly touched: Uint8Array;
  /** Simulated time since the reset, seconds; the camera zooms in during the first. */
  timeSeconds: number;
  /** Rotation of the picture, radians: the negated hull angle (v3), or along the velocity (v0). */
  cameraAngle: number;
  /** Body origin, angle, linear velocity and angular velocity of hull, then wheels front-left, front-right, rear-left, rear-right: `[5, 6]` = x, y, angle, vx, vy, w. */
  readonly bodies: Float64Array;
  /** Wheel spin, rad/s: `[4]`. */
  readonly wheelOmegas: Float64Array;
  /** Wheel rotation, rad: `[4]`. */
  readonly wheelPhases: Float64Array;
  /** Joint angle of each wheel, rad: `[4]`. */
  readonly jointAngles: Float64Array;
  /** The number that the score text shows. */
  score: number;
}
