import type { Rng } from "@worldmodels/rng";
import { Car } from "./car/car.js";
import { PLAYFIELD, STEPS_PER_SECOND } from "./constants.js";
import type { Scene } from "./picture/scene.js";
import type { Box2D, Box2DFactory } from "./physics/box2d.js";
import { CarWorld, type TouchListener } from "./physics/car-world.js";
import { createRoadSurface } from "./track/create-road-surface.js";
import { createTrack } from "./track/create-track.js";
import { DEFAULT_ROAD_COLOURS, drawRoadColours, type RoadColours } from "./track/road-colours.js";
import type { Track } from "./track/track.js";

/** How the variants differ. */
export interface Rules {
  /** Draw new colours in each episode. */
  readonly domainRandomize: boolean;
  /** Share of tiles after which a first touch of the first tile ends the lap; null where only all tiles do (v0). */
  readonly lapCompletePercent: number | null;
  /** Whether the camera looks along the velocity (v0) or along the hull (v3). */
  readonly cameraFollowsVelocity: boolean;
}

/** What a step came to. */
export interface StepResult {
  reward: number;
  terminated: boolean;
  /** In the step that ends an episode: whether the lap was finished; undefined in all others. */
  lapFinished: boolean | undefined;
}

/** The road of an episode and what has been touched of it. */
export interface Course {
  readonly track: Track;
  readonly colours: RoadColours;
  readonly scene: Scene;
  /** 1 for tiles that a wheel has touched: `[tileCount]`. */
  readonly visited: Uint8Array;
}

/** The numbers of an episode that are neither the world's nor the car's. */
export interface Progress {
  /** Sum of rewards as the original keeps it: an out-of-field -100 is not in it. */
  score: number;
  /** `score` after the last step. */
  previousScore: number;
  tilesVisited: number;
  newLap: boolean;
}

const OUT_OF_FIELD_REWARD = -100;
const STEP_COST = 0.1;
const LAP_REWARD = 1000;
/** Slower than this, m/s, a camera that follows the velocity looks along the hull. */
const CAMERA_MIN_SPEED = 0.5;

/** CarRacing in one slot: one episode after another on a track, with a car, for rewards. */
export class Simulation implements TouchListener {
  readonly car = new Car();
  readonly progress: Progress = { score: 0, previousScore: 0, tilesVisited: 0, newLap: false };
  course: Course | undefined;
  readonly result: StepResult = { reward: 0, terminated: false, lapFinished: undefined };
  #world: CarWorld;
  readonly #box2d: Box2DFactory;
  readonly #rules: Rules;

  private constructor(factory: Box2DFactory, instance: Box2D, rules: Rules) {
    this.#box2d = factory;
    this.#rules = rules;
    this.#world = new CarWorld(instance, this);
  }

  static async create(factory: Box2DFactory, rules: Rules): Promise<Simulation> {
    return new Simulation(factory, await factory.create(), rules);
  }

  get world(): CarWorld {
    return this.#world;
  }

  /** Replaces a world that has crashed; `reset` must follow. */
  async renewWorld(): Promise<void> {
    this.#world = new CarWorld(await this.#box2d.create(), this);
  }

  /** Begins an episode: colours where they are random, a track, a car at rest, and one hidden step. */
  reset(rng: Rng): void {
    const colours = this.#rules.domainRandomize ? drawRoadColours(rng) : DEFAULT_ROAD_COLOURS;
    const track = createTrack(rng);
    const course = createCourse(track, colours);
    this.course = course;
    Object.assign(this.progress, { score: 0, previousScore: 0, tilesVisited: 0, newLap: false });
    this.car.reset();
    this.#world.build(course.scene.road, track.x[0] as number, track.y[0] as number, track.beta[0] as number);
    // The original renders its first observation by a step without an action. It touches the first tiles,
    // whose reward shows up in the first real step.
    this.#advance(course);
  }

  /**
   * Steps once; the outcome is in `result`.
   *
   * @param steer -1 (left) to 1 (right)
   * @param gas 0 to 1
   * @param brake 0 to 1
   */
  step(steer: number, gas: number, brake: number): void {
    const course = this.course as Course;
    const { progress, result } = this;
    this.car.control(-steer, gas, brake);
    this.#advance(course);
    progress.score -= STEP_COST;
    result.reward = progress.score - progress.previousScore;
    progress.previousScore = progress.score;
    result.terminated = false;
    result.lapFinished = undefined;
    if (progress.tilesVisited === course.track.tileCount || progress.newLap) {
      result.terminated = true;
      result.lapFinished = true;
    }
    if (Math.abs(this.#world.hullX) > PLAYFIELD || Math.abs(this.#world.hullY) > PLAYFIELD) {
      result.terminated = true;
      result.lapFinished = false;
      result.reward = OUT_OF_FIELD_REWARD;
    }
  }

  /** Brings the scene up to date with the world and the car. */
  updateScene(): void {
    const { scene } = this.course as Course;
    const { bodies } = scene;
    this.#world.readBodies(bodies);
    scene.wheelOmegas.set(this.car.omega);
    scene.wheelPhases.set(this.car.phase);
    for (let wheel = 0; wheel < scene.jointAngles.length; wheel++) {
      scene.jointAngles[wheel] = this.#world.jointAngle(wheel);
    }
    const velocityX = bodies[3] as number;
    const velocityY = bodies[4] as number;
    scene.cameraAngle =
      this.#rules.cameraFollowsVelocity && Math.hypot(velocityX, velocityY) > CAMERA_MIN_SPEED
        ? Math.atan2(velocityX, velocityY)
        : -(bodies[2] as number);
  }

  beginTouch(tile: number, wheel: number): void {
    const { scene, visited, track } = this.course as Course;
    const { progress } = this;
    scene.touched[tile] = 1;
    if (wheel < 0) return;
    this.car.tilesTouched[wheel] = (this.car.tilesTouched[wheel] as number) + 1;
    if (visited[tile] === 1) return;
    visited[tile] = 1;
    progress.score += LAP_REWARD / track.tileCount;
    progress.tilesVisited++;
    const { lapCompletePercent } = this.#rules;
    // The first tile is touched in the hidden step of the reset, so this never happens; the original's rule all the same.
    if (
      lapCompletePercent !== null &&
      tile === 0 &&
      progress.tilesVisited / track.tileCount > lapCompletePercent
    ) {
      progress.newLap = true;
    }
  }

  endTouch(_tile: number, wheel: number): void {
    if (wheel >= 0) this.car.tilesTouched[wheel] = (this.car.tilesTouched[wheel] as number) - 1;
  }

  #advance({ scene }: Course): void {
    this.car.step(this.#world);
    this.#world.step();
    scene.timeSeconds += 1 / STEPS_PER_SECOND;
    // The picture is taken before the step's cost is paid.
    scene.score = this.progress.score;
    this.updateScene();
  }
}

/** The course of a track with nothing touched yet. */
export function createCourse(track: Track, colours: RoadColours): Course {
  return {
    track,
    colours,
    visited: new Uint8Array(track.tileCount),
    scene: {
      road: createRoadSurface(track, colours),
      touched: new Uint8Array(track.tileCount),
      timeSeconds: 0,
      cameraAngle: 0,
      bodies: new Float64Array(30),
      wheelOmegas: new Float64Array(4),
      wheelPhases: new Float64Array(4),
      jointAngles: new Float64Array(4),
      score: 0,
    },
  };
}
