import assert from "node:assert/strict";
import { test } from "node:test";
import { openEnv } from "./open-env.js";
import { trackOf } from "./track-of.js";

for (const uri of ["CarRacing-v3", "CarRacing-v0", "CarRacing-v3?domain_randomize=true"]) {
  test(`the track of ${uri} is the one that a reset brings: the car stands on its first tile`, async (t) => {
    const env = await openEnv(uri, { observations: ["state"] });
    t.after(() => env.close());
    for (const seed of [0n, 12345n]) {
      const { state } = (await env.reset({ seeds: seed })).observations;
      const track = trackOf(uri, seed);
      assert.ok(track);
      const [, , x, y] = track.points[0]!;
      assert.equal(track.points.length, track.tiles);
      // The hidden first step lets the car settle by millimetres.
      assert.ok(
        Math.hypot(state![0]! - x, state![1]! - y) < 0.01,
        `${state![0]}, ${state![1]} and ${x}, ${y}`,
      );
    }
  });
}

test("random colours change the track of a seed, as they do in Gymnasium", () => {
  assert.notDeepEqual(trackOf("CarRacing-v3?domain_randomize=true", 1n), trackOf("CarRacing-v3", 1n));
});

test("what has no track gives null", () => {
  assert.equal(trackOf("dream:runs/quick", 1n), null);
  assert.equal(trackOf("Pong", 1n), null);
});
