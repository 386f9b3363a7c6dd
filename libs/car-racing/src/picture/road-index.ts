import type { RoadSurface } from "./scene.js";

/** Facts about a road's quads that every picture of it needs; made once per road. */
export interface RoadIndex {
  /** Centre and radius of a circle about each quad: `[quads, 3]`, metres. */
  readonly circles: Float64Array;
  /** 1 where the corners go round anticlockwise (y up), -1 where clockwise: `[quads]`. */
  readonly orientations: Float64Array;
  /** 1 / length of the quad's first edge, per metre: `[quads]`. */
  readonly inverseWidths: Float64Array;
  /** The earlier quad whose first edge is this one's third edge, or -1: `[quads]`. */
  readonly joinedTo: Int32Array;
  /** 1 where a quad lies over an earlier one that is not its neighbour: `[quads]`. */
  readonly overlaps: Uint8Array;
}

/** Tiles this near along the road cannot lie over one another. */
const NEIGHBOURS = 3;

export function indexRoad(road: RoadSurface): RoadIndex {
  const { corners, tileOfQuad } = road;
  const quads = tileOfQuad.length;
  const circles = new Float64Array(quads * 3);
  const orientations = new Float64Array(quads);
  const inverseWidths = new Float64Array(quads);
  const joinedTo = new Int32Array(quads).fill(-1);
  const at = (quad: number, k: number): number => corners[quad * 8 + (k & 7)] ?? 0;

  let lastTile = -1;
  for (let quad = 0; quad < quads; quad++) {
    const x = (at(quad, 0) + at(quad, 2) + at(quad, 4) + at(quad, 6)) / 4;
    const y = (at(quad, 1) + at(quad, 3) + at(quad, 5) + at(quad, 7)) / 4;
    let radius = 0;
    let area = 0;
    for (let k = 0; k < 8; k += 2) {
      radius = Math.max(radius, Math.hypot(at(quad, k) - x, at(quad, k + 1) - y));
      area += at(quad, k) * at(quad, k + 3) - at(quad, k + 2) * at(quad, k + 1);
    }
    circles.set([x, y, radius], quad * 3);
    orientations[quad] = area < 0 ? -1 : 1;
    const width = Math.hypot(at(quad, 2) - at(quad, 0), at(quad, 3) - at(quad, 1));
    inverseWidths[quad] = width > 0 ? 1 / width : 0;
    if (tileOfQuad[quad] === -1) continue;
    const joined =
      lastTile >= 0 &&
      orientations[lastTile] === orientations[quad] &&
      at(lastTile, 0) === at(quad, 6) &&
      at(lastTile, 1) === at(quad, 7) &&
      at(lastTile, 2) === at(quad, 4) &&
      at(lastTile, 3) === at(quad, 5);
    if (joined) joinedTo[quad] = lastTile;
    lastTile = quad;
  }

  const overlaps = findOverlaps(road, circles);
  return { circles, orientations, inverseWidths, joinedTo, overlaps };
}

function findOverlaps(road: RoadSurface, circles: Float64Array): Uint8Array {
  const quads = road.tileOfQuad.length;
  const overlaps = new Uint8Array(quads);
  const tiles = tileNumbers(road);
  for (let quad = 1; quad < quads; quad++) {
    for (let other = 0; other < quad; other++) {
      const dx = (circles[quad * 3] ?? 0) - (circles[other * 3] ?? 0);
      const dy = (circles[quad * 3 + 1] ?? 0) - (circles[other * 3 + 1] ?? 0);
      const reach = (circles[quad * 3 + 2] ?? 0) + (circles[other * 3 + 2] ?? 0);
      if (dx * dx + dy * dy >= reach * reach) continue;
      const apart = (tiles[quad] ?? 0) - (tiles[other] ?? 0);
      if (apart <= NEIGHBOURS || apart >= road.tileCount - NEIGHBOURS) continue;
      if (separated(road.corners, quad, other) || separated(road.corners, other, quad)) continue;
      overlaps[quad] = 1;
      break;
    }
  }
  return overlaps;
}

/** The tile of each quad, kerbs counting with the tile that they follow. */
function tileNumbers(road: RoadSurface): Int32Array {
  let tile = 0;
  return road.tileOfQuad.map((own) => (tile = own === -1 ? tile : own));
}

/** Whether one of quad a's edges has all of quad b on its outer side. */
function separated(corners: Float64Array, a: number, b: number): boolean {
  const x = (quad: number, k: number): number => corners[quad * 8 + (k & 3) * 2] ?? 0;
  const y = (quad: number, k: number): number => corners[quad * 8 + (k & 3) * 2 + 1] ?? 0;
  for (let k = 0; k < 4; k++) {
    const side = (quad: number, j: number): number =>
      (x(a, k + 1) - x(a, k)) * (y(quad, j) - y(a, k)) - (y(a, k + 1) - y(a, k)) * (x(quad, j) - x(a, k));
    const inside = Math.sign(side(a, k + 2) + side(a, k + 3));
    if ([0, 1, 2, 3].every((j) => side(b, j) * inside <= 0)) return true;
  }
  return false;
}
