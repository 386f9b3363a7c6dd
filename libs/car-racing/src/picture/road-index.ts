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
}

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

  return { circles, orientations, inverseWidths, joinedTo };
}
