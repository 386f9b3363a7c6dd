import assert from "node:assert/strict";
import { test } from "node:test";
import { carRacingEarlyStop, penalisedReturn } from "./early-stop.js";

const limit = 1000;
// Returns as CarRacing would give them: 20 tiles worth 60 points in all, -0.1 a step.
const cases = [
  {
    name: "an episode stopped early is charged for the rest of its steps",
    episode: { return: 60 - 12, length: 120, lastReward: -0.1, ending: "stopped-early" },
    penalised: 60 - 100,
  },
  {
    name: "leaving the field is not punished beyond standing still to the end",
    episode: { return: 60 - 11.9 - 100, length: 120, lastReward: -100, ending: "terminated" },
    penalised: 60 - 100,
  },
  {
    name: "a finished lap keeps its return",
    episode: { return: 920, length: 800, lastReward: 3.2, ending: "terminated" },
    penalised: 920,
  },
  {
    name: "an episode that reached the step limit keeps its return",
    episode: { return: 500, length: 1000, lastReward: -0.1, ending: "truncated" },
    penalised: 500,
  },
] as const;

for (const { name, episode, penalised } of cases) {
  test(name, () => {
    assert.ok(Math.abs(penalisedReturn(episode, carRacingEarlyStop, limit) - penalised) < 1e-9);
  });
}
