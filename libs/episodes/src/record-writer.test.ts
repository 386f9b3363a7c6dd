import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { episodesLayout, openEpisodes, toRecord } from "./episode-records.js";
import { createRecordWriter } from "./record-writer.js";
import { DESCRIPTION, digestFolder, LENGTHS, newFolder, sampleEpisode } from "./sample-records.test-data.js";

const LAYOUT = { ...episodesLayout(DESCRIPTION), chunkSteps: 4, chunksPerShard: 3 };

async function record(order: readonly number[]): Promise<string> {
  const [work, store] = [newFolder(), newFolder()];
  const writer = await createRecordWriter(work, LAYOUT);
  for (const index of order) await writer.put(index, toRecord(sampleEpisode(index)));
  await writer.finish(store);
  return digestFolder(store);
}

test("the store has the same bytes in whatever order the episodes came", async () => {
  const digest = await record([0, 1, 2, 3, 4]);
  assert.equal(await record([3, 4, 0, 2, 1]), digest);
  assert.equal(await record([4, 4, 3, 2, 1, 0, 2]), digest);
});

test("the bytes are those of every other machine and version of Node", async () => {
  // Recorded on Node 20.20.2, linux-x64; Node 22.23.3 gives the same. A change here is a change of format or compressor: existing data sets
  // and new ones would no longer compare equal.
  assert.equal(
    await record([0, 1, 2, 3, 4]),
    "63578fbff9f7750f85e6a0acb65533a5cbc31d50abc7fdde0bd8b828beb63375",
  );
});

test("append numbers episodes on from the last", async () => {
  const [work, store] = [newFolder(), newFolder()];
  const first = await createRecordWriter(work, LAYOUT);
  for (const index of [0, 1]) await first.append(toRecord(sampleEpisode(index)));
  const second = await createRecordWriter(work, LAYOUT);
  for (const index of [2, 3, 4]) await second.append(toRecord(sampleEpisode(index)));
  await second.finish(store);
  assert.equal(digestFolder(store), await record([0, 1, 2, 3, 4]));
});

test("a killed recording goes on with the episodes that were finished", async () => {
  const [work, store] = [newFolder(), newFolder()];
  const script = `
    import { writeFileSync } from "node:fs";
    const { createRecordWriter } = await import(process.argv[1]);
    const { episodesLayout, toRecord } = await import(process.argv[2]);
    const { DESCRIPTION, sampleEpisode } = await import(process.argv[3]);
    const layout = { ...episodesLayout(DESCRIPTION), chunkSteps: 4, chunksPerShard: 3 };
    const writer = await createRecordWriter(process.argv[4], layout);
    for (const index of [1, 3]) await writer.put(index, toRecord(sampleEpisode(index)));
    writeFileSync(process.argv[4] + "/0000000.episode.1234abcd.tmp", "half an epis");
    process.kill(process.pid, "SIGKILL");`;
  const modules = ["record-writer", "episode-records", "sample-records.test-data"];
  const urls = modules.map((name) => new URL(`./${name}.ts`, import.meta.url).href);
  const flags = ["-C", "@worldmodels/source", "--import", "tsx", "--input-type=module", "-e", script];
  const { signal } = spawnSync(process.execPath, [...flags, ...urls, work], { stdio: "inherit" });
  assert.equal(signal, "SIGKILL");

  const writer = await createRecordWriter(work, LAYOUT);
  assert.deepEqual(await writer.finished(), [1, 3]);
  for (const index of [4, 0, 2]) await writer.put(index, toRecord(sampleEpisode(index)));
  await writer.finish(store);
  assert.equal(digestFolder(store), await record([0, 1, 2, 3, 4]));
});

for (const [order, options, sentence] of [
  [[0, 1, 3], {}, /episode 2 of 3 is not recorded/],
  [[0, 1], { count: 5 }, /episode 2 of 5 is not recorded/],
  [[1], { count: 1 }, /episode 0 of 1 is not recorded/],
] as const) {
  test(`finish with episodes ${order.join(", ")} says: ${sentence.source}`, async () => {
    const writer = await createRecordWriter(newFolder(), LAYOUT);
    for (const index of order) await writer.put(index, toRecord(sampleEpisode(index)));
    await assert.rejects(writer.finish(newFolder(), options), {
      code: "failed-precondition",
      message: sentence,
    });
  });
}

test("finish takes the first episodes and leaves out the rest", async () => {
  const store = newFolder();
  const writer = await createRecordWriter(newFolder(), LAYOUT);
  for (const index of LENGTHS.keys()) await writer.put(index, toRecord(sampleEpisode(index)));
  const seen: number[] = [];
  await writer.finish(store, { count: 2, onProgress: (episodes) => seen.push(episodes) });
  const { episodes, steps } = await openEpisodes(store);
  assert.deepEqual({ episodes, steps }, { episodes: 2, steps: 6 });
  assert.deepEqual(seen, [0, 1, 2]);
});

test("a folder that holds a recording of other settings is refused", async () => {
  const work = newFolder();
  await createRecordWriter(work, LAYOUT);
  const other = { ...LAYOUT, attributes: { ...LAYOUT.attributes, recipe: "gray32" } };
  await assert.rejects(createRecordWriter(work, other), {
    code: "failed-precondition",
    message: /holds a recording of another layout or other settings/,
  });
});

test("a recorded episode that was cut is named", async () => {
  const work = newFolder();
  const writer = await createRecordWriter(work, LAYOUT);
  await writer.put(0, toRecord(sampleEpisode(0)));
  await truncate(join(work, "0000000.episode"), 600);
  await assert.rejects(writer.finish(newFolder()), {
    code: "data-loss",
    message: /0000000\.episode is damaged/,
  });
});

const episode = toRecord(sampleEpisode(0));
for (const [what, broken, sentence] of [
  ["no steps", { ...episode, length: 0 }, /its length is 0/],
  ["too few frames", { ...episode, length: 6 }, /"frames" needs 864 numbers of type uint8 and has 720/],
  [
    "a column of another type",
    { ...episode, columns: { ...episode.columns, rewards: new Float32Array(5) } },
    /"rewards" needs 5 numbers of type float64 and has 5 in a Float32Array/,
  ],
  [
    "a missing scalar",
    { ...episode, scalars: { seeds: 1n } },
    /scalar "returns" of type float64 is undefined/,
  ],
  [
    "a number as seed",
    { ...episode, scalars: { seeds: 1, returns: 0 } },
    /scalar "seeds" of type uint64 is 1/,
  ],
] as const) {
  test(`an episode with ${what} is refused`, async () => {
    const writer = await createRecordWriter(newFolder(), LAYOUT);
    await assert.rejects(writer.put(0, broken), { code: "invalid-argument", message: sentence });
  });
}

for (const [what, change, sentence] of [
  [
    "a reserved name",
    { columns: { offsets: { dtype: "uint8", shape: [] } } },
    /"offsets" cannot name a column/,
  ],
  ["a name used twice", { scalars: { frames: "uint8" } }, /"frames" cannot name a column/],
  ["an empty axis", { columns: { frames: { dtype: "uint8", shape: [0] } } }, /shape \[0\]/],
  ["chunks of no steps", { chunkSteps: 0 }, /chunkSteps = 0/],
] as const) {
  test(`a layout with ${what} is refused`, async () => {
    await assert.rejects(createRecordWriter(newFolder(), { ...LAYOUT, ...change }), {
      code: "invalid-argument",
      message: sentence,
    });
  });
}
