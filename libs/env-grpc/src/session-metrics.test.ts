import { AutoresetMode } from "@worldmodels/proto/env";
import { createCountingEngine } from "@worldmodels/env";
import { counter, gauge } from "@worldmodels/telemetry";
import assert from "node:assert/strict";
import { test } from "node:test";
import { openCounting, rawSession, reset, step } from "./raw-session.test-helper.js";
import { countingService } from "./test-service.test-helper.js";

const env = createCountingEngine({ numEnvs: 1, episodeLength: 1, maxEpisodeSteps: null }).spec.id;
const steps = counter("worldmodels_env_steps_total", { env, by: "session" });
const episodes = counter("worldmodels_env_episodes_total", { env, by: "session" });
const busy = counter("worldmodels_env_busy_seconds_total", { env });
const slots = gauge("worldmodels_env_slots", { env });

for (const [what, autoreset, movedSteps, ended] of [
  // Episodes of 3 steps, 2 slots, 7 steps: without autoreset both slots stay where they have ended.
  ["without autoreset", AutoresetMode.AUTORESET_MODE_DISABLED, 6, 2],
  ["with autoreset", AutoresetMode.AUTORESET_MODE_SAME_STEP, 14, 4],
] as const) {
  test(`a session's steps, episodes, time and slots are counted: ${what}`, async (t) => {
    let nowNs = 0n;
    const { address } = await countingService(t, {
      engine: { episodeLength: 3 },
      // A quarter of a second from each look at the clock to the next.
      now: () => (nowNs += 250_000_000n),
    });
    const before = { steps: steps.value, episodes: episodes.value, busy: busy.value, slots: slots.value };
    const session = rawSession(address);
    t.after(session.close);
    await session.send(openCounting({ numEnvs: 2, autoreset }));
    await session.send(reset());
    for (let i = 0; i < 9; i++) {
      await session.next();
      if (i < 7) await session.send(step(2));
    }
    assert.equal(steps.value - before.steps, movedSteps);
    assert.equal(episodes.value - before.episodes, ended);
    assert.equal(busy.value - before.busy, 8 * 0.25);
    assert.equal(slots.value - before.slots, 2);
    session.call.end();
    assert.equal(await session.next(), undefined);
    assert.equal(slots.value - before.slots, 0);
  });
}
