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
const HULL_CORNERS = HULL.length / 4;

/** Paints wheels and hull of one picture size, over a picture that has its ground. */
export class CarPainter {
  readonly #view: View;
  readonly #grid: CoverageGrid;
  /** Where the body being drawn has its origin, and the turn and scale of its own metres: screen pixels. */
  #u = 0;
  #v = 0;
  #cos = 1;
  #sin = 0;
  #lastX = 0;
  #lastY = 0;

  constructor(view: View, grid: CoverageGrid) {
    this.#view = view;
    this.#grid = grid;
  }

  paint(scene: Scene, out: Uint8Array, offset: number): void {
    for (let wheel = 0; wheel < 4; wheel++) {
      this.#place(scene, wheel + 1);
      this.#addBox(WHEEL_RADIUS, -WHEEL_RADIUS, 1, 0);
      this.#addMark(scene.wheelPhases[wheel] ?? 0);
    }
    this.#grid.rasterise(FRONT);
    this.#grid.paintFront(out, offset);

    this.#place(scene, 0);
    const hullRed = this.#view.level(HULL_RED);
    const last = (HULL_CORNERS - 1) * 4;
    this.#moveTo(HULL[last] ?? 0, HULL[last + 1] ?? 0, HULL[last + 2] ?? 0, HULL[last + 3] ?? 0);
    for (let corner = 0; corner < HULL.length; corner += 4) {
      this.#lineTo(
        HULL[corner] ?? 0,
        HULL[corner + 1] ?? 0,
        HULL[corner + 2] ?? 0,
        HULL[corner + 3] ?? 0,
        -1,
        -hullRed,
        0,
      );
    }
    this.#grid.rasterise(FRONT);
    this.#grid.paintFront(out, offset);
  }

  #place(scene: Scene, body: number): void {
    const { carX, carY, cos, sin, zoom, cameraAngle } = this.#view;
    const x = (scene.bodies[body * 6] ?? 0) - carX;
    const y = (scene.bodies[body * 6 + 1] ?? 0) - carY;
    const angle = (scene.bodies[body * 6 + 2] ?? 0) + cameraAngle;
    this.#u = (cos * x - sin * y) * zoom + CAR_X;
    this.#v = (sin * x + cos * y) * zoom + CAR_Y;
    this.#cos = Math.cos(angle);
    this.#sin = Math.sin(angle);
  }

  /** The visible part of the mark that turns with the wheel, if any. It adds colour to the black of the wheel. */
  #addMark(phase: number): void {
    const sinFrom = Math.sin(phase);
    const sinTo = Math.sin(phase + MARK_SPAN);
    if (sinFrom > 0 && sinTo > 0) return;
    const cosFrom = sinFrom > 0 ? Math.sign(Math.cos(phase)) : Math.cos(phase);
    const cosTo = sinTo > 0 ? Math.sign(Math.cos(phase + MARK_SPAN)) : Math.cos(phase + MARK_SPAN);
    const front = Math.max(cosFrom, cosTo) * WHEEL_RADIUS;
    const back = Math.min(cosFrom, cosTo) * WHEEL_RADIUS;
    this.#addBox(front, back, 0, this.#view.level(MARK_LEVEL));
  }

  /** A box as wide as a wheel; y from `front` to `back`, metres. */
  #addBox(front: number, back: number, weight: number, level: number): void {
    this.#moveTo(-WHEEL_HALF_WIDTH, front, -1, 1);
    this.#lineTo(-WHEEL_HALF_WIDTH, back, -1, -1, weight, level, level);
    this.#lineTo(WHEEL_HALF_WIDTH, back, 1, -1, weight, level, level);
    this.#lineTo(WHEEL_HALF_WIDTH, front, 1, 1, weight, level, level);
    this.#lineTo(-WHEEL_HALF_WIDTH, front, -1, 1, weight, level, level);
  }

  /** Begins an outline at (x, y), metres in the body; (outX, outY) is where its corner moves as the shape grows. */
  #moveTo(x: number, y: number, outX: number, outY: number): void {
    const { zoom, exact, scaleX, scaleY } = this.#view;
    const cos = this.#cos;
    const sin = this.#sin;
    let u = (cos * x - sin * y) * zoom + this.#u;
    let v = (sin * x + cos * y) * zoom + this.#v;
    if (exact) {
      u = (u | 0) + 0.5 + (cos * outX - sin * outY) * OUTLINE;
      v = (v | 0) + 0.5 + (sin * outX + cos * outY) * OUTLINE;
    }
    this.#lastX = u * scaleX;
    this.#lastY = (SCREEN_HEIGHT - v) * scaleY;
  }

  #lineTo(
    x: number,
    y: number,
    outX: number,
    outY: number,
    weight: number,
    red: number,
    greenBlue: number,
  ): void {
    const fromX = this.#lastX;
    const fromY = this.#lastY;
    this.#moveTo(x, y, outX, outY);
    this.#grid.addEdge(fromX, fromY, this.#lastX, this.#lastY, weight, red, greenBlue, greenBlue);
  }
}

/** Corners of the hull, clockwise: x, y in metres, and where each moves as the outline grows by one: `[corners, 4]`. */
function hullOutline(): Float64Array {
  const right = HULL_RIGHT.map(([x, y]) => [x * CAR_UNIT, y * CAR_UNIT] as const);
  const left = right.map(([x, y]) => [-x, y] as const).reverse();
  const corners = [...right, ...left];
  const outline = new Float64Array(corners.length * 4);
  corners.forEach(([x, y], i) => {
    const [beforeX, beforeY] = corners.at(i - 1) ?? [0, 0];
    const [afterX, afterY] = corners[(i + 1) % corners.length] ?? [0, 0];
    // Outer normals of the two edges that meet here; the corner moves by both, less what they share.
    const [nx, ny] = normal(x - beforeX, y - beforeY);
    const [mx, my] = normal(afterX - x, afterY - y);
    const scale = 1 / (1 + nx * mx + ny * my);
    outline.set([x, y, (nx + mx) * scale, (ny + my) * scale], i * 4);
  });
  return outline;
}

function normal(dx: number, dy: number): readonly [number, number] {
  const length = Math.hypot(dx, dy);
  return [-dy / length, dx / length];
}
