import { DomainError } from "@worldmodels/errors";
import { CarPainter } from "./car.js";
import { CoverageGrid } from "./coverage-grid.js";
import { paintDashboard } from "./dashboard.js";
import { GroundPainter } from "./ground.js";
import { indexRoad } from "./road-index.js";
import type { RoadIndex } from "./road-index.js";
import type { RoadSurface, Scene } from "./scene.js";
import { ROAD_HEIGHT, SCREEN_HEIGHT, View } from "./view.js";

/** Side of the observation of World Models, pixels. */
const WM_SIZE = 64;
/** Side of Gymnasium's observation, and its rows above the dashboard. */
const RGB_SIZE = 96;
const RGB_ROAD_ROWS = 84;
/** Largest side of a picture for people; painting takes 50 bytes per pixel. */
const LARGEST_SIDE = 2000;

/** Paints scenes. A painter keeps working memory, no state: the same scene gives the same bytes, in any order. */
export interface Painter {
  /**
   * The observation of World Models: the upper 84 of Gymnasium's 96 rows (no dashboard), resized to 64x64.
   *
   * @param out written from `offset` on: uint8 RGB `[64, 64, 3]`
   * @throws DomainError `out-of-range` where it does not fit into `out`
   */
  paintWm64(scene: Scene, out: Uint8Array, offset: number): void;
  /** Gymnasium's observation, dashboard included: uint8 RGB `[96, 96, 3]`, written from `offset` on; throws as above. */
  paintRgb96(scene: Scene, out: Uint8Array, offset: number): void;
  /**
   * A picture for people, all of it with smooth edges: uint8 RGB `[height, width, 3]`, owned by the caller. It is
   * stretched to the size asked for, as Gymnasium does with its 600x400.
   *
   * @param width, height 1 to 2000 pixels
   * @throws DomainError `invalid-argument` for other sizes
   */
  paintPicture(scene: Scene, width: number, height: number): Uint8Array;
}

/** Makes a painter for any number of scenes and roads; what it learns of a road is kept as long as the road is. */
export function createPainter(): Painter {
  const roads = new WeakMap<RoadSurface, RoadIndex>();
  const indexOf = (road: RoadSurface): RoadIndex => {
    let index = roads.get(road);
    if (index === undefined) roads.set(road, (index = indexRoad(road)));
    return index;
  };
  const wm64 = new RoadPicture(WM_SIZE, WM_SIZE, true);
  const rgb96 = new RoadPicture(RGB_SIZE, RGB_ROAD_ROWS, true);
  // The size asked for last: a film asks for one size again and again.
  let film = { width: 0, height: 0, picture: wm64 };

  return {
    paintWm64(scene, out, offset) {
      assertFits(out, offset, WM_SIZE);
      wm64.paint(scene, indexOf(scene.road), out, offset);
    },
    paintRgb96(scene, out, offset) {
      assertFits(out, offset, RGB_SIZE);
      rgb96.paint(scene, indexOf(scene.road), out, offset);
      paintDashboard({ out, offset, width: RGB_SIZE, height: RGB_SIZE, dimming: rgb96.dimming }, scene);
    },
    paintPicture(scene, width, height) {
      assertSide("width", width);
      assertSide("height", height);
      if (film.width !== width || film.height !== height) {
        const picture = new RoadPicture(width, (height * ROAD_HEIGHT) / SCREEN_HEIGHT, false);
        film = { width, height, picture };
      }
      const { picture } = film;
      const out = new Uint8Array(width * height * 3);
      picture.paint(scene, indexOf(scene.road), out, 0);
      paintDashboard({ out, offset: 0, width, height, dimming: picture.dimming }, scene);
      return out;
    },
  };
}

/** Paints the part of the picture above the dashboard at one size. */
class RoadPicture {
  readonly #view: View;
  readonly #ground: GroundPainter;
  readonly #car: CarPainter;

  /** @param roadHeight pixels above the dashboard; may end within a row, which is then painted too */
  constructor(width: number, roadHeight: number, exact: boolean) {
    this.#view = new View(width, roadHeight, exact);
    const grid = new CoverageGrid(width, Math.ceil(roadHeight), this.#view.rounding);
    this.#ground = new GroundPainter(this.#view, grid);
    this.#car = new CarPainter(this.#view, grid);
  }

  /** Levels that a plain colour loses in this picture. */
  get dimming(): number {
    return this.#view.dimming;
  }

  paint(scene: Scene, index: RoadIndex, out: Uint8Array, offset: number): void {
    this.#view.follow(scene);
    this.#ground.paint(scene, index, out, offset);
    this.#car.paint(scene, out, offset);
  }
}

function assertFits(out: Uint8Array, offset: number, side: number): void {
  const size = side * side * 3;
  if (!(Number.isInteger(offset) && offset >= 0 && offset + size <= out.length)) {
    throw new DomainError(
      "out-of-range",
      `A ${side}x${side} picture at offset ${offset} needs ${size} bytes there, but the array has ${out.length} in all; give a larger array or another offset.`,
    );
  }
}

function assertSide(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1 && value <= LARGEST_SIDE)) {
    throw new DomainError(
      "invalid-argument",
      `A picture's ${name} is ${value}, but it must be a whole number from 1 to ${LARGEST_SIDE}.`,
    );
  }
}
