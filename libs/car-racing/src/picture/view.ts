import type { Scene } from "./scene.js";

/** The picture that Gymnasium draws, in its own pixels; everything here is a smaller or larger copy of it. */
export const SCREEN_WIDTH = 1000;
export const SCREEN_HEIGHT = 800;
/** Rows of the screen above the dashboard. */
export const ROAD_HEIGHT = 700;

const ZOOM = 2.7 * 6;
const FIRST_ZOOM = 0.1 * 6;
/** Where the car's origin is on the screen, from the left and from the bottom. */
export const CAR_X = SCREEN_WIDTH / 2;
export const CAR_Y = SCREEN_HEIGHT / 4;

/**
 * Gymnasium's reduction of its screen drops fractions twice, which costs a plain area this many levels. Mixed
 * pixels lose a little less, as DIMMED_ROUNDING says.
 */
const DIMMING = 2;
const DIMMED_ROUNDING = 0.9;

/**
 * Where world points lie in the picture at this moment. The screen is turned by the camera about the car and
 * scaled by `zoom`; it has y up from its bottom. Pictures have y down and their own scales.
 */
export class View {
  carX = 0;
  carY = 0;
  cos = 1;
  sin = 0;
  cameraAngle = 0;
  /** Screen pixels per metre. */
  zoom = ZOOM;
  /** Levels that a plain colour loses, and what is added to mixed levels before their fraction is dropped. */
  readonly dimming: number;
  readonly rounding: number;
  /** Picture pixels per screen pixel. */
  readonly scaleX: number;
  readonly scaleY: number;

  /**
   * @param width of the picture, pixels
   * @param height of the part above the dashboard, pixels; need not be whole
   * @param exact true: like Gymnasium, corners go to whole pixels of the screen, outlines add to the shapes and
   *   colours are dimmed; false: shapes and colours as they are
   */
  constructor(
    readonly width: number,
    readonly height: number,
    readonly exact: boolean,
  ) {
    this.dimming = exact ? DIMMING : 0;
    this.rounding = exact ? DIMMED_ROUNDING : 0.5;
    this.scaleX = width / SCREEN_WIDTH;
    this.scaleY = height / ROAD_HEIGHT;
  }

  /** Level of a colour's channel as it comes out in a plain area. */
  level(level: number): number {
    return level > this.dimming ? level - this.dimming : 0;
  }

  /** Looks at the scene. */
  follow(scene: Scene): void {
    const zoomed = Math.min(scene.timeSeconds, 1);
    this.zoom = FIRST_ZOOM * (1 - zoomed) + ZOOM * zoomed;
    this.carX = scene.bodies[0] ?? 0;
    this.carY = scene.bodies[1] ?? 0;
    this.cameraAngle = scene.cameraAngle;
    this.cos = Math.cos(scene.cameraAngle);
    this.sin = Math.sin(scene.cameraAngle);
  }
}
