import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";
import { loadBox2D, type Box2DFactory } from "./index.js";

const fixtures = new URL("../fixtures/", import.meta.url);

/** Box2D as the kits load it. */
export function loadTestBox2D(): Promise<Box2DFactory> {
  return loadBox2D(readBox2DWasm(), process);
}

/** The bytes that `loadBox2D` wants. */
export function readBox2DWasm(): Uint8Array {
  return readFileSync(createRequire(import.meta.url).resolve("box2d-wasm/dist/umd/Box2D.wasm"));
}

type Body = [x: number, y: number, angle: number, vx: number, vy: number, angularVelocity: number];

/** An episode recorded from Gymnasium 1.4.0 with box2d 2.3.10; fixtures/README.md says what is in it. */
export interface Recording {
  readonly case: string;
  readonly seed: number;
  readonly kwargs: Readonly<Record<string, boolean>>;
  readonly continuous: boolean;
  readonly N: number;
  readonly attempts: number;
  readonly track: [alpha: number, beta: number, x: number, y: number][];
  readonly road_color: number[];
  readonly bg_color: number[];
  readonly grass_color: number[];
  readonly actions: (number[] | number)[];
  readonly reset: {
    readonly hull_pos: [number, number];
    readonly hull_angle: number;
    readonly joint_angle: number[];
    readonly tile_visited_count: number;
  };
  readonly steps: {
    readonly hull_pos: [number, number][];
    readonly hull_angle: number[];
    readonly joint_angle: number[][];
    readonly omega: number[][];
    readonly reward: number[];
    readonly tile_visited_count: number[];
    readonly terminated: boolean[];
    readonly lap_finished: (boolean | null)[];
  };
  readonly scenes: {
    readonly time: number;
    readonly score_drawn: number;
    readonly visited: number[];
    readonly plain_colour: number[];
  }[];
  readonly obs_steps: number[];
  readonly wheels_first: Body[][];
}

/** The names of all recordings, as in `driver_seed0`. */
export const recordingNames: readonly string[] = readdirSync(fixtures)
  .filter((name) => name.endsWith(".json.gz"))
  .map((name) => name.replace(".json.gz", ""))
  .sort();

export function readRecording(name: string): Recording {
  return JSON.parse(gunzipSync(readFileSync(new URL(`${name}.json.gz`, fixtures))).toString()) as Recording;
}

/** Tile count and attempts of the tracks of seeds 0 to 399. */
export function readTrackFacts(): unknown {
  return JSON.parse(readFileSync(new URL("tracks_0_399.json", fixtures), "utf8"));
}
