import { createCmaEs } from "@worldmodels/cma-es";
import { createRng, seedSequence } from "@worldmodels/rng";
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { FreshOptimizer, OptimizerLimits } from "./make-optimizer.js";
import { createOptimizers } from "./optimizers.js";
import type { Optimizers } from "./optimizers.js";

const root = await mkdtemp(join(tmpdir(), "optimizers-"));
after(() => rm(root, { recursive: true }));
const limits: OptimizerLimits = { maxOptimizers: 4, maxDimensions: 50, maxFullDimensions: 20 };
const newFolder = () => mkdtemp(join(root, "test-"));
const open = async (): Promise<Optimizers> => createOptimizers(await newFolder(), limits);

const start: FreshOptimizer = { x0: [3, -2, 1], sigma0: 0.5, covariance: "full", seed: 11n };
/** Highest, 0, where all numbers are 0. */
const judge = (candidates: readonly Float64Array[]) =>
  candidates.map((x) => -x.reduce((sum, value) => sum + value * value, 0));

async function playGenerations(optimizers: Optimizers, id: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { generation, candidates } = await optimizers.ask(id);
    await optimizers.tell(id, generation, judge(candidates));
  }
}

test("candidates are those of CMA-ES, with the stream of seed and generation", async () => {
  const optimizers = await open();
  const { id, dimensions, population, generation } = await optimizers.create("", start);
  assert.deepEqual([dimensions, population, generation], [3, 7, 0]);
  const cma = createCmaEs({ ...start, options: { covariance: "full" } });
  for (const expected of [1, 2, 3]) {
    const candidates = cma.ask(createRng(seedSequence(11n).child(expected)));
    assert.deepEqual(await optimizers.ask(id), { generation: expected, candidates });
    cma.tell(judge(candidates));
    const state = await optimizers.tell(id, expected, judge(candidates));
    assert.deepEqual(state, {
      id,
      dimensions: 3,
      population: 7,
      generation: expected,
      sigma: cma.sigma,
      mean: cma.mean,
      best: cma.best,
      stop: cma.stop(),
    });
  }
});

for (const covariance of ["full", "diagonal"] as const) {
  test(`a higher fitness is better: ${covariance} finds the top of a hill`, async () => {
    const optimizers = await open();
    await optimizers.create("hill", { ...start, covariance });
    await playGenerations(optimizers, "hill", 80);
    const { best, mean } = await optimizers.get("hill");
    assert.ok((best?.fitness ?? -1) > -1e-6, `best is ${best?.fitness}`);
    assert.ok(mean.every((value) => Math.abs(value) < 1e-2));
  });
}

test("until they are told the same candidates come again, also from a process that begins later", async () => {
  const folder = await newFolder();
  const first = createOptimizers(folder, limits);
  await first.create("a", start);
  await playGenerations(first, "a", 2);
  const asked = await first.ask("a");
  assert.deepEqual(await first.ask("a"), asked);
  const second = createOptimizers(folder, limits);
  const state = await second.tell("a", 3, judge(asked.candidates));
  assert.equal(state.generation, 3, "what was asked for before the restart may be told after it");
  const third = createOptimizers(folder, limits);
  assert.deepEqual(await third.get("a"), state);
});

test("a fitness that is told twice counts once, also after a restart", async () => {
  const folder = await newFolder();
  const optimizers = createOptimizers(folder, limits);
  await optimizers.create("a", start);
  const { candidates } = await optimizers.ask("a");
  const fitness = judge(candidates);
  const state = await optimizers.tell("a", 1, fitness);
  assert.deepEqual(await optimizers.tell("a", 1, fitness), state);
  assert.deepEqual(await createOptimizers(folder, limits).tell("a", 1, fitness), state);
});

test("calls that come at once take turns", async () => {
  const optimizers = await open();
  await Promise.all(Array.from({ length: 5 }, () => optimizers.create("a", start)));
  const asked = await Promise.all(Array.from({ length: 5 }, () => optimizers.ask("a")));
  for (const each of asked) assert.deepEqual(each, asked[0]);
  const fitness = judge(asked[0]!.candidates);
  const told = await Promise.all(Array.from({ length: 5 }, () => optimizers.tell("a", 1, fitness)));
  for (const each of told) assert.deepEqual(each, told[0]);
  assert.equal(told[0]?.generation, 1);
});

for (const covariance of ["full", "diagonal"] as const) {
  test(`a checkpoint of ${covariance} goes on byte for byte under another name`, async () => {
    const [one, other] = [await open(), await open()];
    await one.create("a", { ...start, covariance });
    await playGenerations(one, "a", 5);
    const before = (await one.checkpoint("a")).bytes;
    await one.ask("a");
    const { bytes, state } = await one.checkpoint("a");
    assert.deepEqual(bytes, before, "asking changes nothing that is kept");
    assert.deepEqual(await other.create("b", bytes), { ...state, id: "b" });
    for (let generation = 6; generation < 12; generation++) {
      const asked = await one.ask("a");
      assert.deepEqual(await other.ask("b"), asked);
      await one.tell("a", generation, judge(asked.candidates));
      await other.tell("b", generation, judge(asked.candidates));
    }
    assert.deepEqual(await other.get("b"), { ...(await one.get("a")), id: "b" });
    assert.equal((await other.create("b", bytes)).generation, 11, "an equal request gives what is there");
  });
}

test("an equal request gives the optimiser that is there, another one is refused", async () => {
  const optimizers = await open();
  await optimizers.create("a", start);
  await playGenerations(optimizers, "a", 2);
  assert.equal((await optimizers.create("a", start)).generation, 2);
  assert.equal((await optimizers.create("a", { ...start, population: 7 })).generation, 2);
  for (const change of [{ seed: 12n }, { sigma0: 0.6 }, { population: 8 }, { x0: [3, -2, 1.5] }]) {
    await assert.rejects(optimizers.create("a", { ...start, ...change }), { code: "already-exists" });
  }
});

test("beyond the limit no optimiser is made until one is removed", async () => {
  const optimizers = await open();
  for (const id of ["a", "b", "c", "d"]) await optimizers.create(id, start);
  await assert.rejects(optimizers.create("e", start), {
    code: "resource-exhausted",
    message: "there are 4 optimisers of at most 4; delete one first",
  });
  await optimizers.create("a", start);
  await optimizers.remove("a");
  await optimizers.remove("a");
  await optimizers.create("e", start);
  await assert.rejects(optimizers.ask("a"), { code: "not-found", message: /there is no optimiser "a" here/ });
});

test("a removed optimiser leaves no file, and its name begins anew", async () => {
  const folder = await newFolder();
  const optimizers = createOptimizers(folder, limits);
  await optimizers.create("a", start);
  await playGenerations(optimizers, "a", 1);
  await optimizers.remove("a");
  assert.deepEqual(await readdir(folder), []);
  assert.equal((await optimizers.create("a", start)).generation, 0);
});

test("a tell that the disk did not take has not happened", async () => {
  const folder = await newFolder();
  const optimizers = createOptimizers(folder, limits);
  await optimizers.create("a", start);
  const { candidates } = await optimizers.ask("a");
  await rename(folder, `${folder}.away`);
  await writeFile(folder, "a file where a folder was");
  await assert.rejects(optimizers.tell("a", 1, judge(candidates)));
  await rm(folder);
  await rename(`${folder}.away`, folder);
  assert.equal((await optimizers.get("a")).generation, 0);
  assert.equal((await optimizers.tell("a", 1, judge(candidates))).generation, 1);
});

test("a damaged file is said to be damaged", async () => {
  const folder = await newFolder();
  await createOptimizers(folder, limits).create("a", start);
  const path = join(folder, "a.optimizer");
  await writeFile(path, (await readFile(path, "utf8")).replace('"seed":"11"', '"seed":"12"'));
  await assert.rejects(createOptimizers(folder, limits).ask("a"), {
    code: "data-loss",
    message: /a\.optimizer is damaged/,
  });
});

const fresh: readonly (readonly [name: string, change: Partial<FreshOptimizer>, message: RegExp])[] = [
  ["one dimension", { x0: [1] }, /x0 has 1 numbers; an optimiser here has 2 to 50/],
  ["no dimension", { x0: [] }, /x0 has 0 numbers/],
  ["too many dimensions", { x0: Array<number>(51).fill(0), covariance: "diagonal" }, /x0 has 51 numbers/],
  [
    "too many dimensions for a full covariance",
    { x0: Array<number>(21).fill(0) },
    /a full covariance here has at most 20/,
  ],
  ["a start that is not finite", { x0: [0, NaN] }, /x0\[1\] is NaN/],
  ["a step size of 0", { sigma0: 0 }, /sigma0 above 0, and was given 0/],
  ["a step size of NaN", { sigma0: NaN }, /sigma0 = NaN/],
  ["an infinite step size", { sigma0: Infinity }, /sigma0 = Infinity/],
  ["a population of 3", { population: 3 }, /population = 3 must be 4 to 65536/],
  ["a population of 65537", { population: 65_537 }, /population = 65537 must be/],
];
for (const [name, change, message] of fresh) {
  test(`${name} is refused`, async () => {
    const optimizers = await open();
    await assert.rejects(optimizers.create("a", { ...start, ...change }), {
      code: "invalid-argument",
      message,
    });
    await assert.rejects(optimizers.get("a"), { code: "not-found" });
  });
}

test("a generation of too many numbers is refused", async () => {
  const optimizers = createOptimizers(await newFolder(), { ...limits, maxDimensions: 1000 });
  const large = {
    ...start,
    x0: Array<number>(1000).fill(0),
    covariance: "diagonal",
    population: 9000,
  } as const;
  await assert.rejects(optimizers.create("a", large), {
    code: "invalid-argument",
    message: /9000000 numbers/,
  });
});

for (const id of ["../a", "a/b", "a.b", "ä", "a".repeat(65), " "]) {
  test(`the id "${id}" is nobody's and can be nobody's`, async () => {
    const optimizers = await open();
    await assert.rejects(optimizers.create(id, start), { code: "invalid-argument", message: /optimizer_id/ });
    await assert.rejects(optimizers.ask(id), { code: "not-found" });
    await assert.rejects(optimizers.tell(id, 1, [1]), { code: "not-found" });
    await assert.rejects(optimizers.checkpoint(id), { code: "not-found" });
    await optimizers.remove(id);
  });
}

const checkpoints: readonly (readonly [name: string, damage: (bytes: Uint8Array) => Uint8Array])[] = [
  ["is cut", (bytes) => bytes.subarray(0, -1)],
  ["has another byte", (bytes) => bytes.map((byte, i) => (i === 200 ? byte ^ 1 : byte))],
  ["is something else", () => Buffer.from("hello")],
];
for (const [name, damage] of checkpoints) {
  test(`a checkpoint that ${name} is refused`, async () => {
    const optimizers = await open();
    await optimizers.create("a", start);
    const { bytes } = await optimizers.checkpoint("a");
    await assert.rejects(optimizers.create("b", damage(bytes)), {
      code: "invalid-argument",
      message: /^checkpoint .*; give the bytes that GetOptimizer gave$/,
    });
  });
}

test("a checkpoint of more dimensions than are allowed is refused", async () => {
  const large = createOptimizers(await newFolder(), { ...limits, maxFullDimensions: 50 });
  await large.create("a", { ...start, x0: Array<number>(21).fill(0) });
  const { bytes } = await large.checkpoint("a");
  await assert.rejects((await open()).create("b", bytes), {
    code: "invalid-argument",
    message: /a full covariance here has at most 20/,
  });
});

const tells: readonly (readonly [
  name: string,
  generation: number,
  fitness: number[],
  code: string,
  message: RegExp,
])[] = [
  ["too few values", 2, [1, 2], "invalid-argument", /fitness has 2 values, and a generation has 7/],
  [
    "a value that is not finite",
    2,
    [1, 2, 3, 4, 5, 6, Infinity],
    "invalid-argument",
    /fitness\[6\] = Infinity/,
  ],
  ["a generation to come", 3, [1, 2, 3, 4, 5, 6, 7], "failed-precondition", /"a" runs generation 2/],
  ["a generation that never was", 0, [1, 2, 3, 4, 5, 6, 7], "failed-precondition", /"a" runs generation 2/],
  [
    "another fitness for the generation just told",
    1,
    [1, 2, 3, 4, 5, 6, 7],
    "failed-precondition",
    /generation 1 of "a" has been told with another fitness/,
  ],
  [
    "a generation that nobody has asked for",
    2,
    [1, 2, 3, 4, 5, 6, 7],
    "failed-precondition",
    /nobody has asked for generation 2 of "a"/,
  ],
];
for (const [name, generation, fitness, code, message] of tells) {
  test(`telling ${name} is refused and changes nothing`, async () => {
    const optimizers = await open();
    await optimizers.create("a", start);
    await playGenerations(optimizers, "a", 1);
    const before = await optimizers.get("a");
    await assert.rejects(optimizers.tell("a", generation, fitness), { code, message });
    assert.deepEqual(await optimizers.get("a"), before);
  });
}

test("more optimisers than are kept in memory come back from the disk", async () => {
  const optimizers = createOptimizers(await newFolder(), { ...limits, maxOptimizers: 40 });
  const ids = Array.from({ length: 40 }, (_, i) => `id-${i}`);
  for (const id of ids) await optimizers.create(id, start);
  for (const id of ids) await playGenerations(optimizers, id, 1);
  const states = await Promise.all(ids.map((id) => optimizers.get(id)));
  assert.deepEqual(new Set(states.map(({ generation }) => generation)), new Set([1]));
});
