import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { createRoadSurface } from "../track/create-road-surface.js";
import type { RoadSurface, Scene } from "./scene.js";

const fixtures = new URL("../../fixtures/", import.meta.url);
const SHARP_TURN = 0.31 * 0.2;

type Rgb = readonly [number, number, number];

/** The part of a recorded episode that its pictures are made of; fixtures/README.md says what it is. */
interface RecordedEpisode {
  readonly track: readonly (readonly [alpha: number, beta: number, x: number, y: number])[];
  readonly road_color: Rgb;
  readonly bg_color: Rgb;
  readonly grass_color: Rgb;
  readonly scenes: readonly RecordedScene[];
}

interface RecordedScene {
  readonly time: number;
  readonly score_drawn: number;
  readonly hull: readonly number[];
  readonly wheels: readonly (readonly number[])[];
  readonly omega: readonly number[];
  readonly phase: readonly number[];
  readonly joint_angle: readonly number[];
  readonly plain_colour: readonly number[];
}

/** A recorded 96x96 observation, and the scene that it shows. */
export interface RecordedObservation {
  /** E.g. `driver_seed0, scene 5`. */
  readonly name: string;
  readonly scene: Scene;
  /** uint8 RGB `[96, 96, 3]`. */
  readonly image: Uint8Array;
}

/** The recorded observations of fixtures/observations.gz. */
export function readObservations(): RecordedObservation[] {
  const entries = readJson("observations.gz") as { recording: string; scene: number; image: string }[];
  return entries.map(({ recording, scene, image }) => ({
    name: `${recording}, scene ${scene}`,
    scene: readScenes(recording)[scene]!,
    image: new Uint8Array(Buffer.from(image, "base64")),
  }));
}

/** All scenes of one recording, e.g. `driver_seed0`, with the camera of CarRacing-v3. */
export function readScenes(recording: string): Scene[] {
  const episode = readJson(`${recording}.json.gz`) as RecordedEpisode;
  const road = roadOf(episode);
  return episode.scenes.map((scene) => sceneOf(road, scene));
}

function readJson(name: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(new URL(name, fixtures))).toString());
}

function roadOf({ track, road_color, bg_color, grass_color }: RecordedEpisode): RoadSurface {
  const column = (k: 0 | 1 | 2 | 3): Float64Array => Float64Array.from(track, (tile) => tile[k]);
  const beta = column(1);
  const back = (i: number): number => (i + track.length) % track.length;
  const turn = (i: number): number => beta[back(i)]! - beta[back(i - 1)]!;
  const four = [0, 1, 2, 3];
  const kerb = Uint8Array.from(track, (_, i) => {
    const turns = four.map((k) => turn(i - k));
    const oneWay = Math.abs(turns.reduce((sum, one) => sum + Math.sign(one), 0)) === 4;
    return oneWay && turns.every((one) => Math.abs(one) > SHARP_TURN) ? 1 : 0;
  });
  track.forEach((_, i) => four.forEach((k) => (kerb[back(i - k)]! |= kerb[i]!)));
  return createRoadSurface(
    { tileCount: track.length, attempts: 1, alpha: column(0), beta, x: column(2), y: column(3), kerb },
    { road: road_color, background: bg_color, grass: grass_color },
  );
}

function sceneOf(road: RoadSurface, recording: RecordedScene): Scene {
  const touched = new Uint8Array(road.tileCount);
  for (const tile of recording.plain_colour) touched[tile] = 1;
  return {
    road,
    touched,
    timeSeconds: recording.time,
    cameraAngle: -recording.hull[2]!,
    bodies: Float64Array.from([recording.hull, ...recording.wheels].flat()),
    wheelOmegas: Float64Array.from(recording.omega),
    wheelPhases: Float64Array.from(recording.phase),
    jointAngles: Float64Array.from(recording.joint_angle),
    score: recording.score_drawn,
  };
}
