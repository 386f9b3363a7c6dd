import assert from "node:assert/strict";
import { test } from "node:test";
import { createCountingEngine, createVectorEnv } from "@worldmodels/env";
import type { Engine, VectorEnv } from "@worldmodels/env";
import { isDomainError } from "@worldmodels/errors";
import { createAgentDriver } from "./agent-driver.js";
import { defaultActionMapping } from "./action-mapping.js";
import { controllerShape } from "./controller-shape.js";
import type { Driver } from "./driver.js";
import { carRacingEarlyStop } from "./early-stop.js";
import { createFeatureModel } from "./feature-model.js";
import { runEpisodes } from "./run-episodes.js";
import type { EpisodeResult, EpisodeTask, EpisodeWatcher } from "./run-episodes.js";

/** Episodes as long as their seed says; the n-th step pays n. */
const counting = (numEnvs: number, more: Partial<Parameters<typeof createCountingEngine>[0]> = {}) =>
  createVectorEnv(
    createCountingEngine({ numEnvs, episodeLength: (seed) => Number(seed), maxEpisodeSteps: 40, ...more }),
    {
      observations: ["count", "action"],
    },
  );

/** Acts by writing how often the slot has been asked since its begin, over 1000: an exact trace of the loop. */
function tracingDriver(batch: number): Driver<EpisodeTask> & { readonly calls: number } {
  const asked = new Uint32Array(batch);
  const actions = new Float32Array(batch * 2);
  let calls = 0;
  return {
    get calls() {
      return calls;
    },
    batch,
    actionSize: 2,
    observationNames: ["count"],
    begin: (slot) => void (asked[slot] = 0),
    see: () => {},
    act() {
      calls++;
      asked.forEach((count, slot) => {
        actions.fill(count / 1000, slot * 2, slot * 2 + 2);
        asked[slot] = count + 1;
      });
      return Promise.resolve(actions);
    },
  };
}

const tasksOf = (lengths: readonly number[]) =>
  lengths.map((length, id): EpisodeTask => ({ id, seed: BigInt(length) }));

async function collect(results: AsyncIterable<EpisodeResult>): Promise<EpisodeResult[]> {
  const all: EpisodeResult[] = [];
  for await (const result of results) all.push(result);
  return all;
}

const byId = (results: readonly EpisodeResult[]) => [...results].sort((a, b) => Number(a.id) - Number(b.id));

const lengths = [3, 7, 1, 12, 5, 5, 2, 9, 4, 1, 6];

for (const numEnvs of [1, 2, 4, 16]) {
  test(`${numEnvs} slots play every task once, with the return of its own steps`, async () => {
    const env = counting(numEnvs);
    const results = await collect(
      runEpisodes({ env, driver: tracingDriver(numEnvs), tasks: tasksOf(lengths) }),
    );
    const expected = lengths.map((length, id) => ({
      id,
      seed: BigInt(length),
      return: (length * (length + 1)) / 2,
      length,
      ending: "terminated",
      penalisedReturn: (length * (length + 1)) / 2,
    }));
    assert.deepEqual(byId(results), expected);
  });
}

test("a slot takes the next task as soon as its episode ends, so the driver is called no more than needed", async () => {
  const driver = tracingDriver(2);
  await collect(runEpisodes({ env: counting(2), driver, tasks: tasksOf([10, 2, 3, 5, 1]) }));
  // Slot 0 plays 10 and 1, slot 1 plays 2, 3 and 5: both are busy for 10 steps, then one for 1.
  assert.equal(driver.calls, 11);
});

test("a watcher sees first observation, actions and what came of them, in order, slot by slot", async () => {
  const traces = new Map<number | string, { seen: number[]; actions: number[]; result?: EpisodeResult }>();
  const stepOf = (view: Parameters<EpisodeWatcher<EpisodeTask>["onBegin"]>[2]) =>
    view.batch.observations["count"]![view.row * 4 + 3]!;
  const watcher: EpisodeWatcher<EpisodeTask> = {
    observationNames: ["count"],
    onBegin: (_slot, task, first) => traces.set(task.id, { seen: [stepOf(first)], actions: [] }),
    onStep(_slot, task, action, after) {
      const trace = traces.get(task.id)!;
      trace.actions.push(Math.round(action[0]! * 1000));
      trace.seen.push(stepOf(after));
      assert.equal(after.batch.rewards[after.row], stepOf(after));
    },
    onEnd: (_slot, task, result) => void (traces.get(task.id)!.result = result),
  };
  await collect(
    runEpisodes({ env: counting(3), driver: tracingDriver(3), tasks: tasksOf(lengths), watcher }),
  );
  lengths.forEach((length, id) => {
    const trace = traces.get(id)!;
    assert.deepEqual(
      trace.seen,
      Array.from({ length: length + 1 }, (_, i) => i),
    );
    assert.deepEqual(
      trace.actions,
      Array.from({ length }, (_, i) => i),
    );
    assert.equal(trace.result?.length, length);
  });
});

test("a slow source does not hold up the slots that are busy", async () => {
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  async function* slowly() {
    yield* tasksOf([30, 2]);
    await gate;
    yield { id: 2, seed: 4n };
  }
  const order: (number | string)[] = [];
  for await (const { id } of runEpisodes({ env: counting(2), driver: tracingDriver(2), tasks: slowly() })) {
    order.push(id);
    // The third task comes only after the first two have ended, so waiting for it would never end.
    if (order.length === 2) release();
  }
  assert.deepEqual(order, [1, 0, 2]);
});

test("a source that fails fails the run", async () => {
  // eslint-disable-next-line require-yield
  async function* broken(): AsyncGenerator<EpisodeTask> {
    throw new Error("the queue is gone");
  }
  await assert.rejects(
    collect(runEpisodes({ env: counting(2), driver: tracingDriver(2), tasks: broken() })),
    /the queue is gone/,
  );
});

test("an abort ends the run with its reason, in mid-episode and while waiting for tasks", async () => {
  const aborter = new AbortController();
  const tasks = tasksOf([2, 40]);
  const running = async () => {
    for await (const result of runEpisodes({
      env: counting(2),
      driver: tracingDriver(2),
      tasks,
      signal: aborter.signal,
    })) {
      assert.equal(result.id, 0);
      aborter.abort(new Error("enough"));
    }
  };
  await assert.rejects(running(), /enough/);

  const second = new AbortController();
  const never: AsyncIterable<EpisodeTask> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        queueMicrotask(() => {
          second.abort(new Error("no more"));
        });
        return new Promise(() => {});
      },
    }),
  };
  const waiting = collect(
    runEpisodes({ env: counting(1), driver: tracingDriver(1), tasks: never, signal: second.signal }),
  );
  await assert.rejects(waiting, /no more/);
});

test("leaving the loop closes the source", async () => {
  let closed = false;
  async function* tasks() {
    try {
      for (;;) yield { id: "again", seed: 2n };
    } finally {
      closed = true;
    }
  }
  for await (const { id } of runEpisodes({
    env: counting(1),
    driver: tracingDriver(1),
    tasks: tasks(),
  })) {
    assert.equal(id, "again");
    break;
  }
  await Promise.resolve();
  assert.ok(closed);
});

test("an episode whose engine dies is played again from its seed: none is lost, none counted twice", async () => {
  const expected = await collect(
    runEpisodes({ env: counting(3), driver: tracingDriver(3), tasks: tasksOf(lengths) }),
  );
  const faults = new Map<string, number>();
  const env = counting(3, {
    // Each slot's engine dies twice in the first episode of each seed that lasts four steps.
    faultAt: (slot, seed, _episode, step) => {
      const key = `${slot}/${seed}`;
      const count = faults.get(key) ?? 0;
      if (step !== 4 || count === 2) return false;
      faults.set(key, count + 1);
      return true;
    },
  });
  const begun: (number | string)[] = [];
  const watcher: EpisodeWatcher<EpisodeTask> = {
    observationNames: [],
    onBegin: (_slot, { id }) => void begun.push(id),
    onStep: () => {},
    onEnd: () => {},
  };
  const results = await collect(
    runEpisodes({ env, driver: tracingDriver(3), tasks: tasksOf(lengths), watcher }),
  );
  assert.deepEqual(byId(results), byId(expected));
  const deaths = [...faults.values()].reduce((a, b) => a + b);
  assert.ok(deaths >= 2);
  assert.equal(begun.length, lengths.length + deaths);
});

test("an episode whose engine dies every time is named", async () => {
  const env = counting(2, { faultAt: (_slot, seed, _episode, step) => seed === 9n && step === 4 });
  await assert.rejects(
    collect(runEpisodes({ env, driver: tracingDriver(2), tasks: tasksOf([3, 9]) })),
    (error) =>
      isDomainError(error, "unavailable") &&
      /failed 4 times in episode "1" \(seed 9\), at last in step 4/.test(error.message),
  );
});

const unfit: readonly (readonly [name: string, env: () => VectorEnv, message: RegExp])[] = [
  [
    "an environment that resets itself",
    () => createVectorEnv(createCountingEngine({ numEnvs: 2 }), { autoreset: "NEXT_STEP" }),
    /autoreset DISABLED/,
  ],
  ["another number of slots", () => counting(3), /3 slots and the driver 2/],
  ["an early stop without a step limit", () => counting(2, { maxEpisodeSteps: null }), /no step limit/],
];
for (const [name, env, message] of unfit) {
  test(`${name} is refused`, async () => {
    await assert.rejects(
      collect(
        runEpisodes({
          env: env(),
          driver: tracingDriver(2),
          tasks: tasksOf([1]).map((task) => ({ ...task, earlyStop: carRacingEarlyStop })),
        }),
      ),
      (error) => isDomainError(error, "invalid-argument") && message.test(error.message),
    );
  });
}

/** Pays +3 in each of the seed's first so many steps and -0.1 after them; with an odd seed it fails with -100 in step 80. */
function tiles(numEnvs: number): VectorEnv {
  const counter = createCountingEngine({ numEnvs, episodeLength: 1e9, maxEpisodeSteps: 200 });
  const seeds = new Map<number, bigint>();
  const steps = new Map<number, number>();
  const engine: Engine = {
    ...counter,
    spec: { ...counter.spec, rewardRange: [-100, 3] },
    reset(slots, newSeeds) {
      slots.forEach((slot, i) => {
        seeds.set(slot, newSeeds[i] ?? 0n);
        steps.set(slot, 0);
      });
      return counter.reset(slots, newSeeds);
    },
    step(slots, actions, outcome) {
      void counter.step(slots, actions, outcome);
      slots.forEach((slot, row) => {
        const step = steps.get(slot)! + 1;
        const fails = seeds.get(slot)! % 2n === 1n && step === 80;
        steps.set(slot, step);
        outcome.rewards[row] = fails ? -100 : step <= Number(seeds.get(slot)!) ? 3 : -0.1;
        outcome.terminated[row] = fails ? 1 : 0;
      });
    },
  };
  return createVectorEnv(engine);
}

test("early stop ends an episode after 50 steps without progress and charges the rest", async () => {
  const run = (earlyStop?: typeof carRacingEarlyStop) =>
    collect(
      runEpisodes({
        env: tiles(2),
        driver: tracingDriver(2),
        tasks: tasksOf([10, 41, 170]).map((task) => ({ ...task, ...(earlyStop && { earlyStop }) })),
      }),
    );
  const stopped = byId(await run(carRacingEarlyStop));
  assert.deepEqual(
    stopped.map(({ length, ending }) => [length, ending]),
    [
      [60, "stopped-early"],
      [80, "terminated"],
      [200, "truncated"],
    ],
  );
  // Stopped or failed, both are worth their tiles and a tenth off for each of the other steps of 200.
  [30 - 0.1 * 190, 123 - 0.1 * 159, 510 - 0.1 * 30].forEach((expected, id) => {
    assert.ok(Math.abs(stopped[id]!.penalisedReturn - expected) < 1e-9);
  });
  const whole = byId(await run());
  assert.deepEqual(
    whole.map(({ length, ending }) => [length, ending]),
    [
      [200, "truncated"],
      [80, "terminated"],
      [200, "truncated"],
    ],
  );
  assert.ok(whole.every((result) => result.penalisedReturn === result.return));
  assert.ok(Math.abs(whole[0]!.return - stopped[0]!.penalisedReturn) < 1e-9, "stopping early lost nothing");
});

test("candidates of a population are driven together, each slot by the controller of its task", async () => {
  const shape = controllerShape({ features: "z", latentDim: 8, actionSize: 2 });
  const env = (numEnvs: number) =>
    createVectorEnv(createCountingEngine({ numEnvs, episodeLength: (seed) => Number(seed) }), {
      observations: ["z", "action"],
    });
  const tasks = lengths.map((length, id) => {
    // The eighth number of z is the step's high half, always 0; the seventh is the step itself.
    const controller = new Float64Array(shape.parameterCount);
    controller[6 * 2] = (id + 1) / 200;
    controller[6 * 2 + 1] = -(id + 1) / 200;
    return { id, seed: BigInt(length), controller };
  });
  const play = async (numEnvs: number) => {
    const actions = new Map<number | string, number[]>();
    const model = createFeatureModel({ batch: numEnvs, latentDim: 8, hiddenDim: 0, names: { latent: "z" } });
    const instance = env(numEnvs);
    const driver = createAgentDriver({ model, shape, mapping: defaultActionMapping(instance.spec.action) });
    const watcher: EpisodeWatcher<(typeof tasks)[number]> = {
      observationNames: [],
      onBegin: (_slot, task) => void actions.set(task.id, []),
      onStep: (_slot, task, action) => void actions.get(task.id)!.push(...action),
      onEnd: () => {},
    };
    await collect(runEpisodes({ env: instance, driver, tasks, watcher }));
    return actions;
  };
  const alone = await play(1);
  tasks.forEach(({ id }) => {
    const expected = Array.from({ length: lengths[id]! }, (_, step) => {
      const u = Math.fround(Math.tanh(step * ((id + 1) / 200)));
      return [u, -u];
    }).flat();
    alone.get(id)!.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-6));
    assert.equal(alone.get(id)!.length, expected.length);
  });
  assert.deepEqual(await play(4), alone);
});
