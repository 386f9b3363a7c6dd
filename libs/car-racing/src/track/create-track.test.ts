import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "@worldmodels/rng";
import { readRecording, readTrackFacts } from "../fixtures.test-helper.js";
import { createRoadSurface } from "./create-road-surface.js";
import { createTrack } from "./create-track.js";
import { DEFAULT_ROAD_COLOURS, drawRoadColours } from "./road-colours.js";

interface TrackFact {
  readonly seed: number;
  readonly N: number;
  readonly attempts: number;
  readonly x0: number;
  readonly y0: number;
  readonly beta0: number;
}

test("the tracks of seeds 0 to 399 have Gymnasium's tile counts, attempts and starts", () => {
  const facts = readTrackFacts() as TrackFact[];
  assert.equal(facts.length, 400);
  for (const fact of facts) {
    const track = createTrack(createRng(fact.seed));
    assert.equal(track.tileCount, fact.N, `tiles of seed ${fact.seed}`);
    assert.equal(track.attempts, fact.attempts, `attempts of seed ${fact.seed}`);
    const start = [track.x[0]! - fact.x0, track.y[0]! - fact.y0, track.beta[0]! - fact.beta0];
    assert.ok(
      start.every((error) => Math.abs(error) < 1e-9),
      `start of seed ${fact.seed}`,
    );
  }
});

for (const [seed, kerbs] of [
  [0, 75],
  [1, 55],
  [6, 56],
  [42, 63],
  [123, 81],
] as const) {
  const recording = readRecording(`coast_seed${seed}`);
  const track = createTrack(createRng(seed));

  test(`every tile of the track of seed ${seed} is where Gymnasium has it, to 1e-9`, () => {
    recording.track.forEach((tile, i) => {
      const ours = [track.alpha[i]!, track.beta[i]!, track.x[i]!, track.y[i]!];
      ours.forEach((value, column) => assert.ok(Math.abs(value - tile[column]!) < 1e-9, `tile ${i}`));
    });
  });

  test(`the track of seed ${seed} has ${kerbs} kerbs`, () => {
    assert.equal(
      track.kerb.reduce((sum, has) => sum + has, 0),
      kerbs,
    );
  });
}

test("a road has one quad per tile in order, each followed by its kerb", () => {
  const track = createTrack(createRng(0));
  const road = createRoadSurface(track, DEFAULT_ROAD_COLOURS);
  assert.equal(road.tileOfQuad.length, 319 + 75);
  assert.deepEqual(
    [...road.tileOfQuad].filter((tile) => tile >= 0),
    Array.from({ length: 319 }, (_, i) => i),
  );
  road.tileOfQuad.forEach((tile, quad) => {
    const before = road.tileOfQuad[quad - 1]!;
    if (tile < 0) assert.equal(track.kerb[before], 1, `quad ${quad} is the kerb of tile ${before}`);
  });
});

test("tiles are two road widths across, touch the tile before, and kerbs lie outside of them", () => {
  const track = createTrack(createRng(6));
  const { corners, tileOfQuad } = createRoadSurface(track, DEFAULT_ROAD_COLOURS);
  const corner = (quad: number, i: number) => corners.slice(8 * quad + 2 * i, 8 * quad + 2 * i + 2);
  const distance = (a: Float64Array, b: Float64Array) => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);
  let lastTile = -1;
  tileOfQuad.forEach((tile, quad) => {
    const width = tile < 0 ? 8 / 6 : 80 / 6;
    assert.ok(Math.abs(distance(corner(quad, 0), corner(quad, 1)) - width) < 1e-9);
    assert.ok(Math.abs(distance(corner(quad, 2), corner(quad, 3)) - width) < 1e-9);
    if (tile > 0) {
      assert.deepEqual(corner(quad, 3), corner(lastTile, 0));
      assert.deepEqual(corner(quad, 2), corner(lastTile, 1));
    }
    if (tile < 0) {
      const edge = Math.min(
        distance(corner(quad, 0), corner(lastTile, 0)),
        distance(corner(quad, 0), corner(lastTile, 1)),
      );
      assert.ok(edge < 1e-9, "a kerb begins at an edge of its tile");
    }
    if (tile >= 0) lastTile = quad;
  });
});

test("tiles are striped in three greys, and kerbs are white and red in turn", () => {
  const track = createTrack(createRng(0));
  const road = createRoadSurface(track, DEFAULT_ROAD_COLOURS);
  let tileBefore = 0;
  road.tileOfQuad.forEach((tile, quad) => {
    const colour = [...road.colours.slice(3 * quad, 3 * quad + 3)];
    const grey = [102, 104, 107][tile % 3]!;
    const kerb = tileBefore % 2 === 0 ? [255, 255, 255] : [255, 0, 0];
    assert.deepEqual(colour, tile < 0 ? kerb : [grey, grey, grey]);
    if (tile >= 0) tileBefore = tile;
  });
  assert.deepEqual(road.plainColour, [102, 102, 102]);
});

test("random colours are Gymnasium's, and come before the track in the stream", () => {
  const recording = readRecording("domain_seed0");
  const rng = createRng(recording.seed);
  const colours = drawRoadColours(rng);
  assert.deepEqual(colours.road, recording.road_color);
  assert.deepEqual(colours.background, recording.bg_color);
  assert.deepEqual(colours.grass, recording.grass_color);
  const track = createTrack(rng);
  assert.equal(track.tileCount, recording.N);
  assert.equal(track.attempts, recording.attempts);
});
