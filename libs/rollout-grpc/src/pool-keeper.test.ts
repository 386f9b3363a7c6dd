import type { RolloutPool, RolloutSetup } from "@worldmodels/rollout-pool";
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createPoolKeeper } from "./pool-keeper.js";

/** A keeper of pools that only say when they are made and closed. */
function createKeeper(options: { maxPools?: number; maxWaiting?: number; idleMs?: number } = {}) {
  const events: string[] = [];
  const changes = new EventTarget();
  const say = (event: string) => {
    events.push(event);
    changes.dispatchEvent(new Event(event));
  };
  const keeper = createPoolKeeper({
    maxPools: 2,
    maxWaiting: 1,
    idleMs: 60_000,
    ...options,
    createPool: ({ env }) => {
      say(`make ${env}`);
      return { close: () => say(`close ${env}`) } as unknown as RolloutPool;
    },
  });
  const take = (env: string, signal = new AbortController().signal) => keeper.take(setupOf(env), signal);
  return { keeper, take, events, changes };
}

function setupOf(env: string): RolloutSetup {
  return { slots: 1, driver: { type: "policy", kind: "uniform" }, env };
}

test("an equal setup gets the pool that is there", async () => {
  const { keeper, take, events } = createKeeper();
  (await take("a")).giveBack();
  (await take("a")).giveBack();
  assert.deepEqual(events, ["make a"]);
  keeper.close();
});

test("beyond the limit the pool that was least recently used gives way", async () => {
  const { keeper, take, events } = createKeeper();
  (await take("a")).giveBack();
  (await take("b")).giveBack();
  (await take("a")).giveBack();
  (await take("c")).giveBack();
  assert.deepEqual(events, ["make a", "make b", "close b", "make c"]);
  keeper.close();
});

test("a pool has one user at a time; the next one waits", async () => {
  const { keeper, take } = createKeeper();
  const first = await take("a");
  const order: string[] = [];
  const second = take("a").then((held) => {
    order.push("second");
    return held;
  });
  await take("b");
  order.push("first is done");
  first.giveBack();
  const held = await second;
  assert.equal(held.pool, first.pool);
  assert.deepEqual(order, ["first is done", "second"]);
  keeper.close();
});

test("a setup waits while all pools are in use, and takes the place of the first that is free", async () => {
  const { keeper, take, events } = createKeeper({ maxPools: 1 });
  const first = await take("a");
  const second = take("b");
  first.giveBack();
  await second;
  assert.deepEqual(events, ["make a", "close a", "make b"]);
  keeper.close();
});

test("too many that wait are refused with the numbers", async () => {
  const { keeper, take } = createKeeper();
  await take("a");
  void take("a");
  await assert.rejects(take("a"), {
    code: "resource-exhausted",
    message: "1 evaluations are running and 1 of at most 1 are waiting; ask again later",
  });
  keeper.close();
});

test("one that gives up waiting makes room", async () => {
  const { keeper, take } = createKeeper();
  const first = await take("a");
  const abort = new AbortController();
  const second = take("a", abort.signal);
  abort.abort(new Error("too long"));
  await assert.rejects(second, /too long/);
  const third = take("a");
  first.giveBack();
  assert.equal((await third).pool, first.pool);
  keeper.close();
});

test("an idle pool is closed, and made again when it is asked for", async () => {
  const { keeper, take, events, changes } = createKeeper({ idleMs: 1 });
  const closed = once(changes, "close a");
  // The keeper's own timer lets the process end; the test has to stay for it.
  const stay = setInterval(() => {}, 1000);
  (await take("a")).giveBack();
  await closed;
  clearInterval(stay);
  await take("a");
  assert.deepEqual(events, ["make a", "close a", "make a"]);
  keeper.close();
});

test("closing the keeper closes what is in use, too", async () => {
  const { keeper, take, events } = createKeeper();
  const held = await take("a");
  keeper.close();
  held.giveBack();
  assert.deepEqual(events, ["make a", "close a"]);
});
