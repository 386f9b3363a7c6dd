import assert from "node:assert/strict";
import { test } from "node:test";
import { counter } from "./cells.js";
import { addCounts, takeCounts } from "./counts.js";

const labels = { env: "CarRacing-v3", by: "job" };

test("what was counted is told once, and only what has grown", () => {
  const steps = counter("worldmodels_env_steps_total", labels);
  counter("worldmodels_env_episodes_total", labels);
  assert.deepEqual(takeCounts(), []);
  steps.add(5);
  steps.add(2);
  const expected = { name: "worldmodels_env_steps_total", labels: ["CarRacing-v3", "job"] };
  assert.deepEqual(takeCounts(), [{ ...expected, added: 7 }]);
  assert.deepEqual(takeCounts(), []);
  steps.add(1);
  assert.deepEqual(takeCounts(), [{ ...expected, added: 1 }]);
});

test("a child's counts are added to this process's own, and told upwards with them", () => {
  const faults = counter("worldmodels_engine_faults_total", { env: "vizdoom:TakeCover" });
  faults.add(1);
  addCounts([
    { name: "worldmodels_engine_faults_total", labels: ["vizdoom:TakeCover"], added: 2 },
    { name: "worldmodels_of_a_later_version_total", labels: [], added: 9 },
  ]);
  assert.equal(faults.value, 3);
  assert.deepEqual(takeCounts(), [
    { name: "worldmodels_engine_faults_total", labels: ["vizdoom:TakeCover"], added: 3 },
  ]);
});
