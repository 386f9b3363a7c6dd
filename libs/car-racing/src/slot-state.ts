import { DomainError } from "@worldmodels/errors";
import { createRngFromState, type Rng, type RngState } from "@worldmodels/rng";
import { createCourse, type Simulation } from "./simulation.js";
import type { RoadColours } from "./track/road-colours.js";
import type { Track } from "./track/track.js";

// "CRS1"; the number changes with the layout.
const MAGIC = 0x31535243;
const PARTS = 6;
const ALIGNMENT = 8;
const PROGRESS_NUMBERS = 16;
const CAR_ARRAYS = ["steer", "gas", "brake", "omega", "phase"] as const;

/**
 * Packs all that a slot's future depends on: progress and car, colours, track, tiles touched and visited, random
 * stream, and the world's memory. Little-endian, as every machine that Node runs on.
 *
 * @throws DomainError `failed-precondition` before the first reset
 */
export function packSlotState(simulation: Simulation, rng: Rng): Uint8Array {
  const { course, car, progress } = simulation;
  if (course === undefined) {
    throw new DomainError("failed-precondition", "a slot that was never reset has no state; reset it first.");
  }
  const { track, colours, scene, visited } = course;
  const numbers = new Float64Array(PROGRESS_NUMBERS + 4 * (CAR_ARRAYS.length + 1));
  numbers.set([progress.score, progress.previousScore, progress.tilesVisited, progress.newLap ? 1 : 0]);
  numbers.set([scene.timeSeconds, scene.score], 4);
  numbers.set([...colours.road, ...colours.background, ...colours.grass], 6);
  numbers[15] = track.attempts;
  CAR_ARRAYS.forEach((name, i) => numbers.set(car[name], PROGRESS_NUMBERS + 4 * i));
  numbers.set(car.tilesTouched, PROGRESS_NUMBERS + 4 * CAR_ARRAYS.length);
  const world = simulation.world.save();
  return packParts([
    joinBytes([numbers]),
    joinBytes([track.alpha, track.beta, track.x, track.y]),
    joinBytes([track.kerb, scene.touched, visited]),
    new TextEncoder().encode(JSON.stringify(rng.state())),
    world.parts,
    world.memory,
  ]);
}

/**
 * Puts a packed state into a slot and returns its random stream.
 *
 * @throws DomainError `invalid-argument` for bytes that are not such a state, with nothing changed
 */
export function unpackSlotState(simulation: Simulation, state: Uint8Array): Rng {
  const [numberBytes, trackBytes, marks, rngBytes, worldParts, worldMemory] = unpackParts(state);
  const numbers = new Float64Array(numberBytes.buffer);
  const places = new Float64Array(trackBytes.buffer);
  const tileCount = places.length / 4;
  if (numbers.length !== PROGRESS_NUMBERS + 4 * (CAR_ARRAYS.length + 1) || marks.length !== 3 * tileCount) {
    throw notAState(state, "its parts do not fit together");
  }
  const rng = createRngFromState(parseRngState(rngBytes, state));
  simulation.world.restore(worldParts, worldMemory);

  const number = (i: number): number => numbers[i] as number;
  const colour = (i: number): [number, number, number] => [number(i), number(i + 1), number(i + 2)];
  const colours: RoadColours = { road: colour(6), background: colour(9), grass: colour(12) };
  const track: Track = {
    tileCount,
    attempts: number(15),
    alpha: places.slice(0, tileCount),
    beta: places.slice(tileCount, 2 * tileCount),
    x: places.slice(2 * tileCount, 3 * tileCount),
    y: places.slice(3 * tileCount),
    kerb: marks.slice(0, tileCount),
  };
  const course = createCourse(track, colours);
  course.scene.touched.set(marks.subarray(tileCount, 2 * tileCount));
  course.visited.set(marks.subarray(2 * tileCount));
  course.scene.timeSeconds = number(4);
  course.scene.score = number(5);
  simulation.course = course;
  Object.assign(simulation.progress, {
    score: number(0),
    previousScore: number(1),
    tilesVisited: number(2),
    newLap: number(3) === 1,
  });
  const { car } = simulation;
  const quad = (i: number): Float64Array =>
    numbers.subarray(PROGRESS_NUMBERS + 4 * i, PROGRESS_NUMBERS + 4 * (i + 1));
  CAR_ARRAYS.forEach((name, i) => car[name].set(quad(i)));
  car.tilesTouched.set(quad(CAR_ARRAYS.length));
  simulation.updateScene();
  return rng;
}

function joinBytes(arrays: readonly (Float64Array | Uint8Array)[]): Uint8Array {
  const joined = new Uint8Array(arrays.reduce((sum, array) => sum + array.byteLength, 0));
  let offset = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    joined.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
    offset += byteLength;
  }
  return joined;
}

function parseRngState(bytes: Uint8Array, state: Uint8Array): RngState {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as RngState;
  } catch (cause) {
    throw notAState(state, "its random stream cannot be read", cause);
  }
}

function notAState(state: Uint8Array, why: string, cause?: unknown): DomainError {
  return new DomainError(
    "invalid-argument",
    `the ${state.length} bytes given are no state of CarRacing: ${why}; give a snapshot as it was taken.`,
    { cause },
  );
}

/** uint32 magic, uint32 length of each part, then the parts, each padded to 8 bytes. */
function packParts(parts: readonly Uint8Array[]): Uint8Array {
  const padded = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;
  const header = padded(4 * (1 + parts.length));
  const packed = new Uint8Array(header + parts.reduce((sum, part) => sum + padded(part.length), 0));
  new Uint32Array(packed.buffer).set([MAGIC, ...parts.map((part) => part.length)]);
  let offset = header;
  for (const part of parts) {
    packed.set(part, offset);
    offset += padded(part.length);
  }
  return packed;
}

type Parts = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** The parts of a packed state, each a copy of its own. */
function unpackParts(packed: Uint8Array): Parts {
  const headerBytes = Math.ceil((4 * (1 + PARTS)) / ALIGNMENT) * ALIGNMENT;
  if (packed.length < headerBytes) throw notAState(packed, "they are too few");
  const [magic, ...lengths] = new Uint32Array(packed.slice(0, 4 * (1 + PARTS)).buffer);
  if (magic !== MAGIC) throw notAState(packed, "they do not begin as one");
  let offset = headerBytes;
  const parts = lengths.map((length) => {
    const part = packed.slice(offset, offset + length);
    offset += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    return part;
  });
  const [numbers, track] = lengths;
  if (offset !== packed.length || (numbers ?? 0) % 8 !== 0 || (track ?? 0) % 32 !== 0) {
    throw notAState(packed, "they are cut off or damaged");
  }
  return parts as Parts;
}
