import { createVectorEnv, SlotStatus } from "@worldmodels/env";
import { counter } from "@worldmodels/telemetry";
import assert from "node:assert/strict";
import { test } from "node:test";
import { workersBelow } from "./processes.test-helper.js";
import { createPythonEngine } from "./python-engine.js";
import type { PythonEngineOptions } from "./python-engine.js";
import { resolveTakeCover } from "./take-cover.test-helper.js";

const open = async (options: Partial<PythonEngineOptions>) =>
  createVectorEnv(await createPythonEngine({ ...resolveTakeCover(), numEnvs: 2, processes: 1, ...options }));

const env = resolveTakeCover().id;
const faults = counter("worldmodels_engine_faults_total", { env });
const lost = counter("worldmodels_python_child_restarts_total", { env, reason: "lost" });
const worn = counter("worldmodels_python_child_restarts_total", { env, reason: "worn" });

test("a child that dies faults each of its slots once, and its place is taken once", async (t) => {
  const played = await open({});
  t.after(() => played.close());
  const before = [faults.value, lost.value, worn.value] as const;
  await played.reset({ seeds: 1n });
  process.kill(workersBelow()[0]!, "SIGKILL");
  for (let i = 0; i < 3; i++) {
    const { statuses } = await played.step(new Float32Array(2));
    assert.deepEqual([...statuses], [SlotStatus.FAULTED, SlotStatus.FAULTED]);
  }
  await played.reset({ seeds: 1n });
  assert.deepEqual([faults.value - before[0], lost.value - before[1], worn.value - before[2]], [2, 1, 0]);
});

test("a child that is replaced between episodes is no fault", async (t) => {
  const played = await open({ recycle: { childEpisodes: 1 } });
  t.after(() => played.close());
  const before = [faults.value, lost.value, worn.value] as const;
  await played.reset({ seeds: 1n });
  await played.reset({ seeds: 2n });
  assert.deepEqual([faults.value - before[0], lost.value - before[1], worn.value - before[2]], [0, 0, 1]);
});
