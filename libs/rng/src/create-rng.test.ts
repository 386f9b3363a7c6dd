import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { createRng, createRngFromState, seedSequence, type RngState } from "./index.js";

interface Stream {
  readonly entropy: string;
  readonly spawnKey: number[];
  readonly words: number[];
  readonly children: number[][];
  readonly uint64: string[];
  readonly random: number[];
  readonly uniform: number[];
  readonly integers: [bound: number, draws: number[]][];
  readonly mixed: number[];
  readonly stateAfterMixed: { state: string; increment: string; keptUint32: number | null };
  readonly normals: number[];
}
interface Fixture {
  readonly streams: Stream[];
  readonly longNormals: {
    entropy: string;
    count: number;
    tail: [index: number, value: number][];
    nextRandom: number;
    sha256: string;
  };
}
const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/numpy-2.4.6.json", import.meta.url), "utf8"),
) as Fixture;

for (const stream of fixture.streams) {
  const sequence = seedSequence(BigInt(stream.entropy), stream.spawnKey);
  const label = `seed ${stream.entropy}, spawn key [${stream.spawnKey.join(", ")}]`;

  test(`SeedSequence gives numpy's words and children for ${label}`, () => {
    assert.deepEqual([...sequence.generateState(12)], stream.words);
    const children = [...sequence.spawn(2), ...sequence.spawn(1)];
    assert.deepEqual(
      children.map((child) => [...child.generateState(2)]),
      stream.children,
    );
    assert.deepEqual([...sequence.child(1).generateState(2)], stream.children[1]);
  });

  test(`raw words, floats, integers and normals are numpy's to the last bit for ${label}`, () => {
    const raw = createRng(sequence);
    assert.deepEqual(
      stream.uint64.map(() => String(raw.nextUint64())),
      stream.uint64,
    );
    const floats = createRng(sequence);
    assert.deepEqual(
      stream.random.map(() => floats.random()),
      stream.random,
    );
    const uniforms = createRng(sequence);
    assert.deepEqual(
      stream.uniform.map(() => uniforms.uniform(-2.5, 7.25)),
      stream.uniform,
    );
    const integers = createRng(sequence);
    for (const [bound, draws] of stream.integers) {
      assert.deepEqual(
        draws.map(() => integers.integers(bound)),
        draws,
        `integers(${bound})`,
      );
    }
    const normals = createRng(sequence);
    assert.deepEqual(
      stream.normals.map(() => normals.standardNormal()),
      stream.normals,
    );
  });

  test(`a mix of draws keeps the half draw as numpy does for ${label}`, () => {
    const rng = createRng(sequence);
    const mixed = [
      rng.integers(3),
      rng.random(),
      rng.integers(5),
      rng.integers(2 ** 32),
      rng.standardNormal(),
      rng.integers(3),
    ];
    assert.deepEqual(mixed, stream.mixed);
    assert.deepEqual(rng.state(), { generator: "PCG64", ...stream.stateAfterMixed });
  });
}

test("twenty thousand normals, the tail among them, are numpy's", () => {
  const { entropy, count, tail, nextRandom, sha256 } = fixture.longNormals;
  const rng = createRng(BigInt(entropy));
  const normals = rng.fillStandardNormal(new Float64Array(count));
  for (const [index, value] of tail) assert.equal(normals[index], value);
  assert.equal(rng.random(), nextRandom);
  assert.equal(createHash("sha256").update(new Uint8Array(normals.buffer)).digest("hex"), sha256);
});

test("a state goes on with the same numbers, the kept half included", () => {
  const rng = createRng(9);
  rng.nextUint32();
  const state = JSON.parse(JSON.stringify(rng.state())) as RngState;
  assert.notEqual(state.keptUint32, null);
  const copy = createRngFromState(state);
  for (let i = 0; i < 50; i++) {
    assert.equal(copy.nextUint32(), rng.nextUint32());
    assert.equal(copy.standardNormal(), rng.standardNormal());
  }
});

test("a number, a bigint and a SeedSequence of the same seed give the same stream", () => {
  const first = [createRng(77), createRng(77n), createRng(seedSequence(77))].map((rng) => rng.random());
  assert.deepEqual(first, [first[0], first[0], first[0]]);
});

test("children at different coordinates differ, and so does the parent", () => {
  const root = seedSequence(5);
  const draws = [
    root,
    root.child(0),
    root.child(1),
    root.child(0, 0),
    root.child(0, 1),
    root.child(1, 0),
  ].map((at) => createRng(at).random());
  assert.equal(new Set(draws).size, draws.length);
  assert.deepEqual(root.child(1, 2).spawnKey, root.child(1).child(2).spawnKey);
});

const good = createRng(1).state();
const refusals: [name: string, act: () => unknown][] = [
  ["a negative seed", () => createRng(-1)],
  ["a fractional seed", () => createRng(1.5)],
  ["a number seed over 2^53", () => createRng(2 ** 60)],
  ["a negative coordinate", () => seedSequence(0).child(-1)],
  ["an empty range", () => createRng(1).integers(0)],
  ["a range over 2^32", () => createRng(1).integers(2 ** 32 + 1)],
  ["a state of another generator", () => createRngFromState({ ...good, generator: "MT19937" as "PCG64" })],
  ["a state that is too wide", () => createRngFromState({ ...good, state: String(2n ** 128n) })],
  ["an even increment", () => createRngFromState({ ...good, increment: "2" })],
  ["a kept half that is no uint32", () => createRngFromState({ ...good, keptUint32: -1 })],
];
for (const [name, act] of refusals) {
  test(`${name} is refused with an explanation`, () => {
    assert.throws(act, (error) => isDomainError(error, "invalid-argument"));
  });
}
