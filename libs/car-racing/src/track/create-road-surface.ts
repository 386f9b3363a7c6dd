import { KERB_WIDTH, TRACK_HALF_WIDTH } from "../constants.js";
import type { RoadSurface } from "../picture/scene.js";
import type { RoadColours } from "./road-colours.js";
import type { Track } from "./track.js";

const WHITE = [255, 255, 255];
const RED = [255, 0, 0];

/** The quads that physics and pictures need: for each tile its own, followed by its kerb where it has one. */
export function createRoadSurface(track: Track, colours: RoadColours): RoadSurface {
  const { tileCount, kerb } = track;
  const quads = tileCount + kerb.reduce((sum, has) => sum + has, 0);
  const corners = new Float64Array(quads * 8);
  const tileOfQuad = new Int32Array(quads).fill(-1);
  const quadColours = new Uint8Array(quads * 3);
  let quad = 0;
  /** Adds the quad between two lines across the road, each from `near` to `far` metres off its middle. */
  const addQuad = (end: CrossSection, start: CrossSection, near: number, far: number): void => {
    writePointAcross(end, near, corners, 8 * quad);
    writePointAcross(end, far, corners, 8 * quad + 2);
    writePointAcross(start, far, corners, 8 * quad + 4);
    writePointAcross(start, near, corners, 8 * quad + 6);
    quad++;
  };
  let start = readCrossSection(track, tileCount - 1);
  for (let i = 0; i < tileCount; i++) {
    const end = readCrossSection(track, i);
    const stripe = 0.01 * (i % 3) * 255;
    tileOfQuad[quad] = i;
    // Uint8Array cuts off fractions, as the original does when it draws.
    for (let channel = 0; channel < 3; channel++) {
      quadColours[3 * quad + channel] = (colours.road[channel] as number) + stripe;
    }
    addQuad(end, start, -TRACK_HALF_WIDTH, TRACK_HALF_WIDTH);
    if (kerb[i] === 1) {
      const side = Math.sign(start.beta - end.beta);
      quadColours.set(i % 2 === 0 ? WHITE : RED, 3 * quad);
      addQuad(end, start, side * TRACK_HALF_WIDTH, side * (TRACK_HALF_WIDTH + KERB_WIDTH));
    }
    start = end;
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

/** Writes the point that is `offset` metres off the middle of the road. */
function writePointAcross(
  { x, y, cos, sin }: CrossSection,
  offset: number,
  out: Float64Array,
  at: number,
): void {
  out[at] = x + offset * cos;
  out[at + 1] = y + offset * sin;
}

function truncate([red, green, blue]: readonly [number, number, number]): [number, number, number] {
  return [Math.trunc(red), Math.trunc(green), Math.trunc(blue)];
}
