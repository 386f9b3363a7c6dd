import { fillBox } from "./canvas.js";
import type { Canvas } from "./canvas.js";
import type { Scene } from "./scene.js";
import { ROAD_HEIGHT, SCREEN_HEIGHT, SCREEN_WIDTH } from "./view.js";
import { paintScore } from "./score-text.js";

/** Gauges are laid out in units of this, screen pixels: across and down. */
const UNIT_X = 25;
const UNIT_Y = 20;
/** Readings smaller than this are not drawn. */
const SMALLEST = 1e-4;
const WHITE = 0xffffff;
const FRONT_WHEEL = 0xff0000;
const REAR_WHEEL = 0xff0033;
const GREEN = 0x00ff00;
const RED = 0x0000ff;

/** Paints the black bar under the road with speed, wheel spins, steering angle, turning speed and score. */
export function paintDashboard(canvas: Canvas, scene: Scene): void {
  fillBox(canvas, 0, ROAD_HEIGHT, SCREEN_WIDTH, SCREEN_HEIGHT, 0);
  const { bodies, wheelOmegas, jointAngles } = scene;
  const speed = Math.hypot(bodies[3] ?? 0, bodies[4] ?? 0);
  if (speed > SMALLEST) vertical(canvas, 5, 0.02 * speed, WHITE);
  for (let wheel = 0; wheel < 4; wheel++) {
    const omega = wheelOmegas[wheel] ?? 0;
    if (Math.abs(omega) > SMALLEST) {
      vertical(canvas, 7 + wheel, 0.01 * omega, wheel < 2 ? FRONT_WHEEL : REAR_WHEEL);
    }
  }
  const joint = jointAngles[0] ?? 0;
  if (Math.abs(joint) > SMALLEST) horizontal(canvas, 20, -10 * joint, GREEN);
  const turn = bodies[5] ?? 0;
  if (Math.abs(turn) > SMALLEST) horizontal(canvas, 30, -0.8 * turn, RED);
  paintScore(canvas, scene.score);
}

/** A bar that grows upward from the base line by `value` units. */
function vertical(canvas: Canvas, place: number, value: number, colour: number): void {
  const base = SCREEN_HEIGHT - UNIT_Y;
  const end = Math.trunc(base - value * UNIT_Y);
  const left = place * UNIT_X;
  fillBox(canvas, left, Math.min(base, end), left + UNIT_X + 1, Math.max(base, end) + 1, colour);
}

/** A bar that grows to the right, or for negative values to the left, by `value` units. */
function horizontal(canvas: Canvas, place: number, value: number, colour: number): void {
  const start = place * UNIT_X;
  const end = Math.trunc((place + value) * UNIT_X);
  const top = SCREEN_HEIGHT - 4 * UNIT_Y;
  fillBox(canvas, Math.min(start, end), top, Math.max(start, end) + 1, top + 2 * UNIT_Y + 1, colour);
}
