import { FRONT } from "./coverage-grid.js";
import type { CoverageGrid } from "./coverage-grid.js";
import type { Scene } from "./scene.js";
import { CAR_X, CAR_Y, SCREEN_HEIGHT } from "./view.js";
import type { View } from "./view.js";

/** Metres per unit of the car's drawing. */
const CAR_UNIT = 0.02;
/** Half the width and the radius of a wheel, metres. */
const WHEEL_HALF_WIDTH = 14 * CAR_UNIT;
const WHEEL_RADIUS = 27 * CAR_UNIT;
/** The light mark on a wheel spans this angle of its turning, radians. */
const MARK_SPAN = 1.2;
/** Level of red, green and blue of that mark. */
const MARK_LEVEL = 77;
const HULL_RED = 204;
/** As in the ground: how much larger shapes come out on every side, screen pixels. */
const OUTLINE = 0.5;

/**
 * The hull's right half as one outline, front to back, in units of the car's drawing: Gymnasium's four polygons
 * (front wing, nose, body, rear wing) put together. At y = 110 the nose comes out under the front wing.
 */
const HULL_RIGHT: readonly (readonly [number, number])[] = [
  [60, 130],
  [60, 110],
  [15.5, 110],
  [20, 20],
  [25, 20],
  [50, -10],
  [50, -40],
  [20, -90],
  [50, -90],
  [50, -120],
];
const HULL = hullOutline();

/** A wheel, as `#addOutline` takes it. */
const WHEEL = Float64Array.of(
  ...[-WHEEL_HALF_WIDTH, WHEEL_RADIUS, -1, 1],
  ...[-WHEEL_HALF_WIDTH, -WHEEL_RADIUS, -1, -1],
  ...[WHEEL_HALF_WIDTH, -WHEEL_RADIUS, 1, -1],
  ...[WHEEL_HALF_WIDTH, WHEEL_RADIUS, 1, 1],
);

/** Places of the inks. */
const WHEEL_INK = 0;
const MARK_INK = 4;
const HULL_INK = 8;

/** Paints wheels and hull of one picture size, over a picture that has its ground. */
export class CarPainter {
  readonly #view: View;
  readonly #grid: CoverageGrid;
  readonly #mark = WHEEL.slice();
  /** Corners of the shape being added, picture pixels: `[corners, 2]`. */
  readonly #points = new Float64Array(HULL.length / 2);
  /** Weight, red, green and blue of each ink. */
  readonly #inks: Float64Array;

  constructor(view: View, grid: CoverageGrid) {
    this.#view = view;
    this.#grid = grid;
    const mark = view.level(MARK_LEVEL);
    // The mark adds colour to the black of the wheel, and no coverage.
    this.#inks = Float64Array.of(
      ...[1, 0, 0, 0],
      ...[0, mark, mark, mark],
      ...[1, view.level(HULL_RED), 0, 0],
    );
  }

  paint(scene: Scene, out: Uint8Array, offset: number): void {
    for (let wheel = 0; wheel < 4; wheel++) {
      this.#addOutline(scene, wheel + 1, WHEEL, WHEEL_INK);
      if (this.#placeMark(scene.wheelPhases[wheel] ?? 0)) {
        this.#addOutline(scene, wheel + 1, this.#mark, MARK_INK);
      }
    }
    this.#grid.rasterise(FRONT);
    this.#grid.paintFront(out, offset);

    this.#addOutline(scene, 0, HULL, HULL_INK);
    this.#grid.rasterise(FRONT);
    this.#grid.paintFront(out, offset);
  }

  /** Moves the mark to where it is on the wheel that has turned by `phase`; false where it is out of sight. */
  #placeMark(phase: number): boolean {
    const sinFrom = Math.sin(phase);
    const sinTo = Math.sin(phase + MARK_SPAN);
    if (sinFrom > 0 && sinTo > 0) return false;
    const cosFrom = sinFrom > 0 ? Math.sign(Math.cos(phase)) : Math.cos(phase);
    const cosTo = sinTo > 0 ? Math.sign(Math.cos(phase + MARK_SPAN)) : Math.cos(phase + MARK_SPAN);
    const front = Math.max(cosFrom, cosTo) * WHEEL_RADIUS;
    const back = Math.min(cosFrom, cosTo) * WHEEL_RADIUS;
    const mark = this.#mark;
    mark[1] = front;
    mark[5] = back;
    mark[9] = back;
    mark[13] = front;
    return true;
  }

  /**
   * Adds the outline of a shape that is fixed to a body.
   *
   * @param corners anticlockwise: x, y in metres in the body, and where each moves as the outline grows by one
   */
  #addOutline(scene: Scene, body: number, corners: Float64Array, ink: number): void {
    const { carX, carY, zoom, exact, scaleX, scaleY } = this.#view;
    const grid = this.#grid;
    const points = this.#points;
    const inks = this.#inks;
    const angle = (scene.bodies[body * 6 + 2] ?? 0) + this.#view.cameraAngle;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const x = (scene.bodies[body * 6] ?? 0) - carX;
    const y = (scene.bodies[body * 6 + 1] ?? 0) - carY;
    const originU = (this.#view.cos * x - this.#view.sin * y) * zoom + CAR_X;
    const originV = (this.#view.sin * x + this.#view.cos * y) * zoom + CAR_Y;
    const count = corners.length / 4;
    for (let i = 0; i < count; i++) {
      const cornerX = corners[i * 4] ?? 0;
      const cornerY = corners[i * 4 + 1] ?? 0;
      let u = (cos * cornerX - sin * cornerY) * zoom + originU;
      let v = (sin * cornerX + cos * cornerY) * zoom + originV;
      if (exact) {
        const outX = corners[i * 4 + 2] ?? 0;
        const outY = corners[i * 4 + 3] ?? 0;
        u = (u | 0) + 0.5 + (cos * outX - sin * outY) * OUTLINE;
        v = (v | 0) + 0.5 + (sin * outX + cos * outY) * OUTLINE;
      }
      points[i * 2] = u * scaleX;
      points[i * 2 + 1] = (SCREEN_HEIGHT - v) * scaleY;
      if (i > 0) grid.addEdge(points, i * 2 - 2, i * 2, inks, ink);
    }
    grid.addEdge(points, count * 2 - 2, 0, inks, ink);
  }
}

/** The hull's outline as `#addOutline` takes it. */
function hullOutline(): Float64Array {
  const right = HULL_RIGHT.map(([x, y]) => [x * CAR_UNIT, y * CAR_UNIT] as const);
  const left = right.map(([x, y]) => [-x, y] as const);
  const corners = [...left, ...right.reverse()];
  return Float64Array.from(
    corners.flatMap(([x, y], i) => {
      const [beforeX, beforeY] = corners.at(i - 1) ?? [0, 0];
      const [afterX, afterY] = corners[(i + 1) % corners.length] ?? [0, 0];
      // Outer normals of the two edges that meet here; the corner moves by both, less what they share.
      const [nx, ny] = outerNormal(x - beforeX, y - beforeY);
      const [mx, my] = outerNormal(afterX - x, afterY - y);
      const scale = 1 / (1 + nx * mx + ny * my);
      return [x, y, (nx + mx) * scale, (ny + my) * scale];
    }),
  );
}

/** Of an edge that goes round a shape anticlockwise. */
function outerNormal(dx: number, dy: number): readonly [number, number] {
  const length = Math.hypot(dx, dy);
  return [dy / length, -dx / length];
}
