import type { Rng } from "@worldmodels/rng";
import {
  CHECKPOINTS,
  KERB_MIN_TILES,
  SCALE,
  TRACK_DETAIL_STEP,
  TRACK_RADIUS,
  TRACK_TURN_RATE,
} from "../constants.js";
import type { Track } from "./track.js";

/**
 * The random road of Gymnasium's CarRacing: twelve checkpoints around the centre, a walk that steers from one
 * to the next, and of that walk one whole lap. Tries until a lap closes: about one seed in twenty needs a
 * second attempt.
 *
 * @param rng consumed by 24 uniforms per attempt
 */
export function createTrack(rng: Rng): Track {
  for (let attempts = 1; ; attempts++) {
    const lap = cutLap(walk(drawCheckpoints(rng)));
    if (lap !== undefined) return toTrack(lap, attempts);
  }
}

interface Checkpoint {
  readonly alpha: number;
  readonly x: number;
  readonly y: number;
}

interface Waypoint extends Checkpoint {
  readonly beta: number;
}

const START_ALPHA = (2 * Math.PI * -0.5) / CHECKPOINTS;
/** Steps after which a walk that goes nowhere is given up. */
const WALK_BUDGET = 2500;

function drawCheckpoints(rng: Rng): Checkpoint[] {
  return Array.from({ length: CHECKPOINTS }, (_, c) => {
    const noise = rng.uniform(0, (2 * Math.PI * 1) / CHECKPOINTS);
    let alpha = (2 * Math.PI * c) / CHECKPOINTS + noise;
    let radius = rng.uniform(TRACK_RADIUS / 3, TRACK_RADIUS);
    // The first and last are fixed, so that the start is in a known place; their draws are spent all the same.
    if (c === 0) alpha = 0;
    if (c === CHECKPOINTS - 1) alpha = (2 * Math.PI * c) / CHECKPOINTS;
    if (c === 0 || c === CHECKPOINTS - 1) radius = 1.5 * TRACK_RADIUS;
    return { alpha, x: radius * Math.cos(alpha), y: radius * Math.sin(alpha) };
  });
}

/** Walks about five laps through the checkpoints. */
function walk(checkpoints: readonly Checkpoint[]): Waypoint[] {
  const path: Waypoint[] = [];
  let x = 1.5 * TRACK_RADIUS;
  let y = 0;
  let beta = 0;
  let next = 0;
  let laps = 0;
  let onOtherSide = false;
  for (let budget = WALK_BUDGET; budget > 0 && laps <= 4; budget--) {
    let alpha = Math.atan2(y, x);
    if (onOtherSide && alpha > 0) {
      laps++;
      onOtherSide = false;
    }
    if (alpha < 0) {
      onOtherSide = true;
      alpha += 2 * Math.PI;
    }
    let goal = checkpoints[next % CHECKPOINTS] as Checkpoint;
    while (alpha > goal.alpha) {
      next++;
      if (next % CHECKPOINTS === 0) alpha -= 2 * Math.PI;
      goal = checkpoints[next % CHECKPOINTS] as Checkpoint;
    }
    const acrossX = Math.cos(beta);
    const acrossY = Math.sin(beta);
    const offset = (acrossX * (goal.x - x) + acrossY * (goal.y - y)) * SCALE;
    while (beta - alpha > 1.5 * Math.PI) beta -= 2 * Math.PI;
    while (beta - alpha < -1.5 * Math.PI) beta += 2 * Math.PI;
    const previousBeta = beta;
    const turn = Math.min(TRACK_TURN_RATE, Math.abs(0.001 * offset));
    if (offset > 0.3) beta -= turn;
    if (offset < -0.3) beta += turn;
    x += -acrossY * TRACK_DETAIL_STEP;
    y += acrossX * TRACK_DETAIL_STEP;
    path.push({ alpha, beta: previousBeta * 0.5 + beta * 0.5, x, y });
  }
  return path;
}

/** The last whole lap of a walk, or undefined where there is none or its ends do not meet. */
function cutLap(path: readonly Waypoint[]): Waypoint[] | undefined {
  const crossings: number[] = [];
  for (let i = path.length - 1; i > 0 && crossings.length < 2; i--) {
    if (at(path, i).alpha > START_ALPHA && at(path, i - 1).alpha <= START_ALPHA) crossings.push(i);
  }
  const [end, start] = crossings;
  if (end === undefined || start === undefined) return undefined;
  const lap = path.slice(start, end - 1);
  const first = at(lap, 0);
  const last = at(lap, -1);
  const gapX = Math.cos(first.beta) * (first.x - last.x);
  const gapY = Math.sin(first.beta) * (first.y - last.y);
  return Math.sqrt(gapX * gapX + gapY * gapY) > TRACK_DETAIL_STEP ? undefined : lap;
}

function toTrack(lap: readonly Waypoint[], attempts: number): Track {
  return {
    tileCount: lap.length,
    attempts,
    alpha: Float64Array.from(lap, (tile) => tile.alpha),
    beta: Float64Array.from(lap, (tile) => tile.beta),
    x: Float64Array.from(lap, (tile) => tile.x),
    y: Float64Array.from(lap, (tile) => tile.y),
    kerb: findKerbs(lap),
  };
}

/** Kerbs go where the road has turned sharply to one side for a few tiles, and on the tiles before. */
function findKerbs(lap: readonly Waypoint[]): Uint8Array {
  const tileCount = lap.length;
  const kerb = Uint8Array.from(lap, (_, i) => {
    let sharp = true;
    let side = 0;
    for (let back = 0; back < KERB_MIN_TILES; back++) {
      const turn = at(lap, i - back).beta - at(lap, i - back - 1).beta;
      sharp &&= Math.abs(turn) > TRACK_TURN_RATE * 0.2;
      side += Math.sign(turn);
    }
    return sharp && Math.abs(side) === KERB_MIN_TILES ? 1 : 0;
  });
  // In place and in order, as the original: the marks that wrap around the start spread once more.
  for (let i = 0; i < tileCount; i++) {
    if (kerb[i] !== 1) continue;
    for (let back = 0; back < KERB_MIN_TILES; back++) kerb[(i - back + tileCount) % tileCount] = 1;
  }
  return kerb;
}

/** Element `index`, counted from the end where negative. */
function at<T>(items: readonly T[], index: number): T {
  return items.at(index) as T;
}
