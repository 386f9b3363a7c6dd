import { areaUnderRoc } from "@worldmodels/mdn-rnn";
import { createRng } from "@worldmodels/rng";
import type { LatentWindows, MdnRnnEvaluation, MdnRnnTrainer } from "@worldmodels/training";
import assert from "node:assert/strict";
import { test } from "node:test";
import { countedEpisode, countedSizes as sizes } from "./counted-episode.test-helper.js";
import { createHeldOutJudge } from "./held-out-judge.js";

/**
 * An M whose memory is the number of steps since the episode began: its logit of the end is that number, its NLL the
 * mean of the actions of all steps that have a next latent.
 */
function countingTrainer(seen: number[], hasHead = true): Pick<MdnRnnTrainer, "evaluate"> {
  return {
    evaluate(windows: LatentWindows): MdnRnnEvaluation {
      const { rows, steps, actions, restarts, mask, targetMask, state } = windows;
      const hidden = state?.hidden.slice() ?? new Float32Array(rows);
      const terminatedLogits = new Float32Array(rows * steps);
      let [sum, count] = [0, 0];
      for (let at = 0; at < rows * steps; at++) {
        const row = Math.floor(at / steps);
        hidden[row] = restarts![at] === 1 ? 0 : hidden[row]! + 1;
        terminatedLogits[at] = hidden[row]!;
        if (mask![at] === 1) {
          seen.push(actions[at]!);
          assert.equal(hidden[row], actions[at]! % 100);
        }
        if (targetMask![at] === 1) [sum, count] = [sum + actions[at]!, count + 1];
      }
      const nll = count === 0 ? 0 : sum / count;
      return {
        loss: { loss: nll, nll, nllActive: NaN, reward: 0, terminated: 0 },
        state: { hidden, cell: hidden },
        terminatedLogits: hasHead ? terminatedLogits : undefined,
      };
    },
  };
}

// More episodes than rows, and longer than a window.
const lengths = Array.from({ length: 40 }, (_, i) => 3 + ((i * 37) % 97));
const episodes = lengths.map((length, i) => countedEpisode(i + 1, length, i % 4 !== 0));
const steps = episodes.flatMap(({ actions, terminated }) =>
  Array.from(actions, (action, step) => ({
    action,
    isLast: step === actions.length - 1,
    end: terminated[step]!,
  })),
);

test("every held-out episode is run through once, from its first frame to its last, with M's memory of it", () => {
  const seen: number[] = [];
  const judge = createHeldOutJudge(episodes, sizes);
  judge.judge(countingTrainer(seen), createRng(1));
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    steps.map(({ action }) => action),
  );
  assert.deepEqual([judge.episodes, judge.steps, judge.ends], [40, steps.length, 30]);
});

test("the NLL is the mean over all steps that have a next latent, and the AUC is that of all steps", () => {
  const { nll, auc } = createHeldOutJudge(episodes, sizes).judge(countingTrainer([]), createRng(1));
  const followed = steps.filter(({ isLast }) => !isLast);
  const mean = followed.reduce((sum, { action }) => sum + action, 0) / followed.length;
  assert.ok(Math.abs(nll - mean) < 1e-9 * mean, `${nll}, ${mean}`);
  const expected = areaUnderRoc(
    steps.map(({ action }) => action % 100),
    steps.map(({ end }) => end),
  );
  assert.equal(auc, expected);
  assert.ok(auc! > 0.5 && auc! < 1);
});

test("there is no AUC of an M without the head, nor over episodes of which none ended", () => {
  const without = createHeldOutJudge(episodes, sizes).judge(countingTrainer([], false), createRng(1));
  assert.deepEqual(Object.keys(without), ["nll"]);
  const cutOff = createHeldOutJudge([countedEpisode(1, 9, false)], sizes);
  assert.equal(cutOff.ends, 0);
  assert.deepEqual(Object.keys(cutOff.judge(countingTrainer([]), createRng(1))), ["nll"]);
});
