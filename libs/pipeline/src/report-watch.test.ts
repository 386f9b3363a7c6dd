import assert from "node:assert/strict";
import { test } from "node:test";
import { countedEpisode } from "./counted-episode.test-helper.js";
import { createCountingStepper } from "./counting-stepper.test-data.js";
import { watchEpisodes } from "./report-watch.js";

const lengths = [3, 1, 5, 2, 4];
const episodes = lengths.map((length, number) => countedEpisode(number, length, true));
const everyStep = lengths.flatMap((length, episode) =>
  Array.from({ length }, (_, step) => `${episode}:${step}`),
);

for (const batch of [1, 2, 5, 9]) {
  test(`an M of ${batch} rows sees every step of every episode once, in order, with a memory for each`, async () => {
    const seen: string[] = [];
    await watchEpisodes(episodes, createCountingStepper({ batch }), ({ episode, step, row, prediction }) => {
      seen.push(`${episode}:${step}`);
      const value = 100 * episode + step;
      assert.equal(prediction.terminatedLogit![row], value, "the latent of this step");
      assert.equal(prediction.hidden[row], step + 1, "h counts from the episode's beginning");
      const actions = Array.from({ length: step + 1 }, (_, k) => 100 * episode + k);
      assert.equal(
        prediction.cell[row],
        actions.reduce((a, b) => a + b),
        "the actions of this episode",
      );
      assert.equal(prediction.reward![row], step === 0 ? 1 : 0, "the restart flag");
    });
    assert.deepEqual([...seen].sort(), [...everyStep].sort());
    lengths.forEach((length, episode) => {
      const steps = seen.filter((each) => each.startsWith(`${episode}:`));
      assert.deepEqual(
        steps,
        Array.from({ length }, (_, step) => `${episode}:${step}`),
      );
    });
  });
}

test("rows are taken over at once: no call is made with a row idle while an episode waits", async () => {
  const stepper = createCountingStepper({ batch: 2 });
  let calls = 0;
  const counting: typeof stepper = {
    ...stepper,
    step: (...given) => {
      calls++;
      return stepper.step(...given);
    },
  };
  await watchEpisodes(episodes, counting, () => {});
  // Row 0 has episodes of 3 and 2, then the last 4; row 1 has 1 and 5.
  assert.equal(calls, 9);
});

test("no episodes are no steps, and an abort ends the watching with its reason", async () => {
  await watchEpisodes([], createCountingStepper(), () => assert.fail("there is nothing to see"));
  const reason = new Error("enough");
  const aborted = AbortSignal.abort(reason);
  await assert.rejects(
    watchEpisodes(episodes, createCountingStepper(), () => {}, aborted),
    reason,
  );
});
