import { KERB_WIDTH, TRACK_HALF_WIDTH } from "../constants.js";
import type { RoadSurface } from "../picture/scene.js";
import type { RoadColours } from "./road-colours.js";
import type { Track } from "./track.js";

/** The quads that physics and pictures need: for each tile its own, followed by its kerb where it has one. */
export function createRoadSurface(track: Track, colours: RoadColours): RoadSurface {
  const { tileCount, kerb } = track;
  const quads = tileCount + kerb.reduce((sum, has) => sum + has, 0);
  const corners = new Float64Array(quads * 8);
  const tileOfQuad = new Int32Array(quads).fill(-1);
  const quadColours = new Uint8Array(quads * 3);
  let quad = 0;
  for (let i = 0; i < tileCount; i++) {
    const end = readCrossSection(track, i);
    const start = readCrossSection(track, (i + tileCount - 1) % tileCount);
    const put = (startNear: number, startFar: number, endNear: number, endFar: number): void => {
      corners.set([...pointAcross(end, endNear), ...pointAcross(end, endFar)], 8 * quad);
      corners.set([...pointAcross(start, startFar), ...pointAcross(start, startNear)], 8 * quad + 4);
    };
    put(-TRACK_HALF_WIDTH, TRACK_HALF_WIDTH, -TRACK_HALF_WIDTH, TRACK_HALF_WIDTH);
    tileOfQuad[quad] = i;
    const stripe = 0.01 * (i % 3) * 255;
    // Uint8Array cuts off fractions, as the original does when it draws.
    quadColours.set(
      colours.road.map((channel) => channel + stripe),
      3 * quad,
    );
    quad++;
    if (kerb[i] === 1) {
      const side = Math.sign(start.beta - end.beta);
      const near = side * TRACK_HALF_WIDTH;
      const far = side * (TRACK_HALF_WIDTH + KERB_WIDTH);
      put(near, far, near, far);
      quadColours.set(i % 2 === 0 ? [255, 255, 255] : [255, 0, 0], 3 * quad);
      quad++;
    }
  }
  return {
    tileCount,
    corners,
    tileOfQuad,
    colours: quadColours,
    plainColour: truncate(colours.road),
    background: truncate(colours.background),
    grass: truncate(colours.grass),
  };
}

interface CrossSection {
  readonly x: number;
  readonly y: number;
  readonly beta: number;
  readonly cos: number;
  readonly sin: number;
}

function readCrossSection(track: Track, tile: number): CrossSection {
  const beta = track.beta[tile] as number;
  return {
    x: track.x[tile] as number,
    y: track.y[tile] as number,
    beta,
    cos: Math.cos(beta),
    sin: Math.sin(beta),
  };
}

/** The point `offset` metres to the outer side of the road's middle. */
function pointAcross({ x, y, cos, sin }: CrossSection, offset: number): [number, number] {
  return [x + offset * cos, y + offset * sin];
}

function truncate([red, green, blue]: readonly [number, number, number]): [number, number, number] {
  return [Math.trunc(red), Math.trunc(green), Math.trunc(blue)];
}
