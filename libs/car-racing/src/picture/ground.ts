import { FIELD, FRONT, GRASS } from "./coverage-grid.js";
import type { CoverageGrid } from "./coverage-grid.js";
import type { RoadIndex } from "./road-index.js";
import type { Scene } from "./scene.js";
import { CAR_X, CAR_Y, ROAD_HEIGHT, SCREEN_HEIGHT, SCREEN_WIDTH } from "./view.js";
import type { View } from "./view.js";

/** The field is a square of twice this, metres; beyond it the picture is black. */
const FIELD_HALF = 2000 / 6;
/** Side of a square of grass, metres; squares are at every other place both ways. */
const GRASS_SIDE = FIELD_HALF / 20;
const GRASS_FIRST = -20;
const GRASS_LAST = 18;

/**
 * How much larger shapes come out than they are, in screen pixels on every side: Gymnasium draws an outline
 * around each polygon and its fill includes the border.
 */
const OUTLINE = 0.45;

/** From the car to the farthest corner of the screen, screen pixels. */
const FARTHEST = Math.hypot(CAR_X, SCREEN_HEIGHT - CAR_Y);

/** The ink of planes that have no colours. */
const COVERAGE_ONLY = Float64Array.of(1, 0, 0, 0);

/** Paints field, grass and road of one picture size. */
export class GroundPainter {
  readonly #view: View;
  readonly #grid: CoverageGrid;
  /** Quads in view, in drawing order. */
  #visible = new Int32Array(0);
  /** Their corners in picture pixels: `[visible, 4, 2]`. */
  #points = new Float64Array(0);
  /** Their inks, `[visible, 4]`, and one more for the difference of two. */
  #inks = new Float64Array(4);
  /** Corners of a square of grass or of the field. */
  readonly #square = new Float64Array(8);

  /** Levels of the field, then what grass adds to them. */
  readonly #palette = new Float64Array(6);

  constructor(view: View, grid: CoverageGrid) {
    this.#view = view;
    this.#grid = grid;
  }

  paint(scene: Scene, index: RoadIndex, out: Uint8Array, offset: number): void {
    const { background, grass } = scene.road;
    const view = this.#view;
    for (let channel = 0; channel < 3; channel++) {
      const field = view.level(background[channel] ?? 0);
      this.#palette[channel] = field;
      this.#palette[channel + 3] = view.level(grass[channel] ?? 0) - field;
    }
    const fieldBase = this.#addField();
    this.#addGrass();
    const visible = this.#findQuads(scene, index);
    this.#addRoad(scene, index, visible);
    this.#grid.paintGround(out, offset, this.#palette, fieldBase);
  }

  /** @returns coverage of the field before any edge: 1 when nothing but field is in view, and no edge is added */
  #addField(): number {
    const { carX, carY, cos, sin, zoom, scaleX, scaleY, exact } = this.#view;
    const reach = FARTHEST / zoom;
    if (Math.abs(carX) + reach < FIELD_HALF && Math.abs(carY) + reach < FIELD_HALF) return 1;
    const grid = this.#grid;
    const square = this.#square;
    const half = FIELD_HALF + (exact ? OUTLINE / zoom : 0);
    for (let k = 0; k < 4; k++) {
      const x = (k === 1 || k === 2 ? half : -half) - carX;
      const y = (k >= 2 ? half : -half) - carY;
      square[k * 2] = ((cos * x - sin * y) * zoom + CAR_X) * scaleX;
      square[k * 2 + 1] = (SCREEN_HEIGHT - CAR_Y - (sin * x + cos * y) * zoom) * scaleY;
    }
    this.#addQuad(square, 0, COVERAGE_ONLY, 0);
    grid.rasterise(FIELD);
    return 0;
  }

  #addGrass(): void {
    const grid = this.#grid;
    const square = this.#square;
    const { carX, carY, cos, sin, zoom, scaleX, scaleY, exact } = this.#view;
    // The world's bounding box of the view, about the middle of the screen's upper part.
    const up = (SCREEN_HEIGHT - ROAD_HEIGHT / 2 - CAR_Y) / zoom;
    const middleX = carX + sin * up;
    const middleY = carY + cos * up;
    const halfWidth = SCREEN_WIDTH / 2 / zoom;
    const halfHeight = ROAD_HEIGHT / 2 / zoom;
    const boxX = Math.abs(cos) * halfWidth + Math.abs(sin) * halfHeight;
    const boxY = Math.abs(sin) * halfWidth + Math.abs(cos) * halfHeight;
    const firstX = Math.max(GRASS_FIRST, 2 * Math.floor(((middleX - boxX) / GRASS_SIDE) * 0.5));
    const firstY = Math.max(GRASS_FIRST, 2 * Math.floor(((middleY - boxY) / GRASS_SIDE) * 0.5));
    const lastX = Math.min(GRASS_LAST, (middleX + boxX) / GRASS_SIDE);
    const lastY = Math.min(GRASS_LAST, (middleY + boxY) / GRASS_SIDE);

    const side = GRASS_SIDE * zoom;
    const acrossU = cos * side;
    const acrossV = sin * side;
    const outline = exact ? OUTLINE : 0;
    // Half the square's extent on the screen, for the test whether it is in view.
    const half = (Math.abs(acrossU) + Math.abs(acrossV)) / 2 + 1;
    const outU = (cos - sin) * outline;
    const outV = (cos + sin) * outline;
    for (let j = firstY; j <= lastY; j += 2) {
      for (let i = firstX; i <= lastX; i += 2) {
        const x = i * GRASS_SIDE - carX;
        const y = j * GRASS_SIDE - carY;
        let u0 = (cos * x - sin * y) * zoom + CAR_X;
        let v0 = (sin * x + cos * y) * zoom + CAR_Y;
        const middleU = u0 + (acrossU - acrossV) / 2;
        const middleV = v0 + (acrossU + acrossV) / 2;
        if (middleU < -half || middleU > SCREEN_WIDTH + half) continue;
        if (middleV < SCREEN_HEIGHT - ROAD_HEIGHT - half || middleV > SCREEN_HEIGHT + half) continue;
        let u1 = u0 + acrossU;
        let v1 = v0 + acrossV;
        let u2 = u1 - acrossV;
        let v2 = v1 + acrossU;
        let u3 = u0 - acrossV;
        let v3 = v0 + acrossU;
        if (exact) {
          u0 = (u0 | 0) + 0.5;
          v0 = (v0 | 0) + 0.5;
          u1 = (u1 | 0) + 0.5;
          v1 = (v1 | 0) + 0.5;
          u2 = (u2 | 0) + 0.5;
          v2 = (v2 | 0) + 0.5;
          u3 = (u3 | 0) + 0.5;
          v3 = (v3 | 0) + 0.5;
        }
        square[0] = (u0 - outU) * scaleX;
        square[1] = (SCREEN_HEIGHT - v0 + outV) * scaleY;
        square[2] = (u1 + outV) * scaleX;
        square[3] = (SCREEN_HEIGHT - v1 + outU) * scaleY;
        square[4] = (u2 + outU) * scaleX;
        square[5] = (SCREEN_HEIGHT - v2 - outV) * scaleY;
        square[6] = (u3 - outV) * scaleX;
        square[7] = (SCREEN_HEIGHT - v3 - outU) * scaleY;
        this.#addQuad(square, 0, COVERAGE_ONLY, 0);
        if (grid.full) grid.rasterise(GRASS);
      }
    }
    grid.rasterise(GRASS);
  }

  /** Finds the quads in view and where their corners are in the picture; returns how many. */
  #findQuads(scene: Scene, index: RoadIndex): number {
    const { carX, carY, cos, sin, zoom, scaleX, scaleY, exact } = this.#view;
    const { corners, tileOfQuad } = scene.road;
    const { circles, inverseWidths, joinedTo } = index;
    const quads = tileOfQuad.length;
    if (this.#visible.length < quads) {
      this.#visible = new Int32Array(quads);
      this.#points = new Float64Array(quads * 8);
      this.#inks = new Float64Array(quads * 4 + 4);
    }
    const visible = this.#visible;
    const points = this.#points;

    const up = (SCREEN_HEIGHT - ROAD_HEIGHT / 2 - CAR_Y) / zoom;
    const middleX = carX + sin * up;
    const middleY = carY + cos * up;
    const halfWidth = (SCREEN_WIDTH / 2 + 2) / zoom;
    const halfHeight = (ROAD_HEIGHT / 2 + 2) / zoom;
    const outline = exact ? OUTLINE / zoom : 0;
    let count = 0;
    let lastTile = -1;
    let lastEntry = 0;
    for (let quad = 0; quad < quads; quad++) {
      const dx = (circles[quad * 3] ?? 0) - middleX;
      const dy = (circles[quad * 3 + 1] ?? 0) - middleY;
      const radius = circles[quad * 3 + 2] ?? 0;
      if (Math.abs(cos * dx - sin * dy) > halfWidth + radius) continue;
      if (Math.abs(sin * dx + cos * dy) > halfHeight + radius) continue;

      const isTile = tileOfQuad[quad] !== -1;
      const entry = count * 8;
      visible[count++] = quad;
      // A tile begins where the last one ended: the very same points, so that no seam can open between them.
      const own = isTile && lastTile >= 0 && joinedTo[quad] === lastTile ? 2 : 4;
      for (let k = 0; k < own; k++) {
        const x = (corners[quad * 8 + k * 2] ?? 0) - carX;
        const y = (corners[quad * 8 + k * 2 + 1] ?? 0) - carY;
        const u = (cos * x - sin * y) * zoom + CAR_X;
        const v = (sin * x + cos * y) * zoom + CAR_Y;
        points[entry + k * 2] = exact ? (u | 0) + 0.5 : u;
        points[entry + k * 2 + 1] = SCREEN_HEIGHT - (exact ? (v | 0) + 0.5 : v);
      }
      // Outlines widen the road and its kerbs; along the road they are covered by the next quad.
      const widen = outline * (inverseWidths[quad] ?? 0);
      for (let k = 0; k < own; k += 2) {
        const u = points[entry + k * 2] ?? 0;
        const v = points[entry + k * 2 + 1] ?? 0;
        const otherU = points[entry + k * 2 + 2] ?? 0;
        const otherV = points[entry + k * 2 + 3] ?? 0;
        const wideU = (u - otherU) * widen;
        const wideV = (v - otherV) * widen;
        points[entry + k * 2] = (u + wideU) * scaleX;
        points[entry + k * 2 + 1] = (v + wideV) * scaleY;
        points[entry + k * 2 + 2] = (otherU - wideU) * scaleX;
        points[entry + k * 2 + 3] = (otherV - wideV) * scaleY;
      }
      if (own === 2) {
        points[entry + 4] = points[lastEntry + 2] ?? 0;
        points[entry + 5] = points[lastEntry + 3] ?? 0;
        points[entry + 6] = points[lastEntry] ?? 0;
        points[entry + 7] = points[lastEntry + 1] ?? 0;
      }
      if (isTile) {
        lastTile = quad;
        lastEntry = entry;
      }
    }
    return count;
  }

  #addRoad(scene: Scene, index: RoadIndex, count: number): void {
    const grid = this.#grid;
    const visible = this.#visible;
    const points = this.#points;
    const inks = this.#inks;
    const { tileOfQuad } = scene.road;
    const { joinedTo } = index;
    const difference = inks.length - 4;
    // The last tile, whose front edge waits for the next one: between two of one colour there is none to draw.
    let last = -1;
    for (let entry = 0; entry < count; entry++) {
      const quad = visible[entry] ?? 0;
      const at = entry * 8;
      const ink = entry * 4;
      this.#mixInk(scene, index, quad, ink);
      if (tileOfQuad[quad] === -1) {
        this.#addQuad(points, at, inks, ink);
      } else {
        if (last >= 0 && joinedTo[quad] === visible[last]) {
          if (this.#mixDifference(ink, last * 4, difference)) {
            grid.addEdge(points, at + 4, at + 6, inks, difference);
          }
        } else {
          if (last >= 0) grid.addEdge(points, last * 8, last * 8 + 2, inks, last * 4);
          grid.addEdge(points, at + 4, at + 6, inks, ink);
        }
        grid.addEdge(points, at + 2, at + 4, inks, ink);
        grid.addEdge(points, at + 6, at, inks, ink);
        last = entry;
      }
      if (grid.full) grid.rasterise(FRONT);
    }
    if (last >= 0) grid.addEdge(points, last * 8, last * 8 + 2, inks, last * 4);
    grid.rasterise(FRONT);
  }

  /** Mixes the ink of a quad: its colour at this moment, with the sign that its orientation needs. */
  #mixInk(scene: Scene, { orientations }: RoadIndex, quad: number, ink: number): void {
    const { colours, tileOfQuad, plainColour } = scene.road;
    const tile = tileOfQuad[quad] ?? 0;
    const weight = orientations[quad] ?? 0;
    const plain = tile !== -1 && scene.touched[tile] === 1;
    this.#inks[ink] = weight;
    for (let channel = 0; channel < 3; channel++) {
      const level = (plain ? plainColour[channel] : colours[quad * 3 + channel]) ?? 0;
      this.#inks[ink + 1 + channel] = this.#view.level(level) * weight;
    }
  }

  /** Mixes into place `to` what turns one ink into another; false where they are the same. */
  #mixDifference(ink: number, last: number, to: number): boolean {
    const inks = this.#inks;
    let differs = false;
    for (let k = 0; k < 4; k++) {
      const difference = (inks[ink + k] ?? 0) - (inks[last + k] ?? 0);
      inks[to + k] = difference;
      if (difference !== 0) differs = true;
    }
    return differs;
  }

  /** Adds the four edges of the quad whose corners begin at place `at`. */
  #addQuad(points: Float64Array, at: number, inks: Float64Array, ink: number): void {
    const grid = this.#grid;
    grid.addEdge(points, at, at + 2, inks, ink);
    grid.addEdge(points, at + 2, at + 4, inks, ink);
    grid.addEdge(points, at + 4, at + 6, inks, ink);
    grid.addEdge(points, at + 6, at, inks, ink);
  }
}
