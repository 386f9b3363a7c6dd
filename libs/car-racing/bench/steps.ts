// Steps per second of 16 slots on one core, without and with pictures, and what resets, snapshots and memory cost.
// Times are of the processor and not of the clock, so that other work on the machine disturbs them less:
//   node -C @worldmodels/source --import tsx bench/steps.ts [slots]
import { createVectorEnv } from "@worldmodels/env";
import { createRng } from "@worldmodels/rng";
import { loadTestBox2D } from "../src/fixtures.test-helper.js";
import { createCarRacingEngine } from "../src/index.js";

const numEnvs = Number(process.argv[2] ?? 16);
const EPISODE_STEPS = 1000;
const ROUNDS = 3;

const rssBefore = process.memoryUsage().rss;
const engine = await createCarRacingEngine({ id: "CarRacing-v3", numEnvs, box2d: await loadTestBox2D() });
const env = createVectorEnv(engine, { observations: ["wm64", "rgb96", "state"] });
const rng = createRng(0);
const actions = new Float32Array(3 * numEnvs);

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Microseconds per step of one slot: the least and the median of some rounds. */
async function timeSteps(observations: readonly string[]): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await env.reset({ seeds: BigInt(1000 * round) });
    const start = cpuMicros();
    for (let step = 0; step < EPISODE_STEPS; step++) {
      for (let slot = 0; slot < numEnvs; slot++) {
        const steer = 0.5 * Math.sin((step + 7 * slot) / 15) + rng.uniform(-0.2, 0.2);
        actions.set([steer, step % 60 < 40 ? 0.6 : 0, step % 90 < 8 ? 0.5 : 0], 3 * slot);
      }
      await env.step(actions, { observations });
    }
    times.push((cpuMicros() - start) / (EPISODE_STEPS * numEnvs));
  }
  times.sort((a, b) => a - b);
  const [least = NaN, median = NaN] = [times[0], times[ROUNDS >> 1]];
  return `least ${least.toFixed(1)} us, median ${median.toFixed(1)} us a step; ${Math.round(1e6 / median)} steps/s at the median`;
}

for (const observations of [[], ["state"], ["wm64"], ["rgb96"]]) {
  console.log(`${(observations[0] ?? "no picture").padEnd(10)} ${await timeSteps(observations)}`);
}

const time = (repeats: number, act: (i: number) => void): string => {
  const start = cpuMicros();
  for (let i = 0; i < repeats; i++) act(i);
  return `${((cpuMicros() - start) / repeats).toFixed(0)} us`;
};
const slot = numEnvs - 1;
const snapshot = engine.snapshot?.(slot) ?? new Uint8Array();
console.log(`snapshot   ${snapshot.length} bytes, ${time(100, () => engine.snapshot?.(slot))}`);
console.log(`restore    ${time(100, () => engine.restore?.(slot, snapshot))}`);
console.log(`reset      ${time(100, (i) => void engine.reset([slot], [BigInt(i)]))}`);
const megabytes = (process.memoryUsage().rss - rssBefore) / 2 ** 20;
console.log(`memory     ${megabytes.toFixed(0)} MiB for ${numEnvs} slots, pictures and code included`);
await env.close();
