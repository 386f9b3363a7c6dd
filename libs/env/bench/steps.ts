// What the rules cost: batched steps of the counting environment, whose simulation is almost free.
//   node -C @worldmodels/source --import tsx bench/steps.ts
import { createCountingEngine, createVectorEnv } from "../src/index.js";

const NUM_ENVS = 16;
const STEPS = 20_000;

for (const observations of [["count"], ["wm64"]]) {
  const engine = createCountingEngine({ numEnvs: NUM_ENVS, actionSize: 3, episodeLength: 1000 });
  const env = createVectorEnv(engine, { observations, autoreset: "SAME_STEP" });
  const actions = new Float32Array(NUM_ENVS * 3);
  await env.reset();
  for (let step = 0; step < 1000; step++) await env.step(actions);
  const before = process.memoryUsage().heapUsed;
  const start = performance.now();
  for (let step = 0; step < STEPS; step++) await env.step(actions);
  const seconds = (performance.now() - start) / 1000;
  const perStep = (seconds / STEPS) * 1e6;
  console.log(
    `${observations.join()}: ${Math.round((STEPS * NUM_ENVS) / seconds)} slot steps/s, ` +
      `${perStep.toFixed(1)} µs per call of ${NUM_ENVS}, heap ${((process.memoryUsage().heapUsed - before) / 1e6).toFixed(1)} MB more`,
  );
  await env.close();
}
