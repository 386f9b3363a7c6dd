import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import * as zarr from "zarrita";
import { episodesLayout, openEpisodes, toRecord } from "./episode-records.js";
import type { Episode } from "./episode-records.js";
import { latentsLayout, openLatents, toLatentRecord } from "./latent-records.js";
import { createRecordWriter } from "./record-writer.js";
import { DESCRIPTION, LENGTHS, newFolder, sampleEpisode } from "./sample-records.test-data.js";

const LAYOUT = { ...episodesLayout(DESCRIPTION), chunkSteps: 4, chunksPerShard: 3 };
const EPISODES = LENGTHS.map((_, index) => sampleEpisode(index));
const FRAME = 8 * 6 * 3;
const FRAMES = Buffer.concat(EPISODES.map(({ frames }) => frames));

async function makeStore(episodes: readonly Episode[] = EPISODES): Promise<string> {
  const store = newFolder();
  const writer = await createRecordWriter(newFolder(), LAYOUT);
  for (const episode of episodes) await writer.append(toRecord(episode));
  await writer.finish(store);
  return store;
}
const STORE = await makeStore();

test("a store tells what it holds", async () => {
  const store = await openEpisodes(STORE);
  assert.deepEqual([store.episodes, store.steps], [5, 31]);
  assert.deepEqual([...store.lengths], LENGTHS);
  assert.deepEqual([...store.records.firstSteps], [0, 5, 6, 10, 23, 31]);
  assert.deepEqual(store.description, DESCRIPTION);
  assert.deepEqual(
    [...store.seeds],
    EPISODES.map(({ seed }) => seed),
  );
  assert.deepEqual(
    [...store.returns],
    EPISODES.map(({ rewards }) => rewards.reduce((sum, reward) => sum + reward, 0)),
  );
});

for (const cacheMegabytes of [0, 64]) {
  test(`every episode comes back, with a cache of ${cacheMegabytes} MB`, async () => {
    const store = await openEpisodes(STORE, { cacheMegabytes });
    for (const [index, episode] of EPISODES.entries()) assert.deepEqual(store.readEpisode(index), episode);
    store.close();
  });

  test(`frames are read in any order, with a cache of ${cacheMegabytes} MB`, async () => {
    const store = await openEpisodes(STORE, { cacheMegabytes });
    const steps = Int32Array.from({ length: 100 }, (_, i) => (i * 17 + 5) % 31);
    const expected = [...steps].map((step) => FRAMES.subarray(step * FRAME, (step + 1) * FRAME));
    assert.ok(Buffer.concat(expected).equals(store.readFrames(steps)));
    store.close();
  });
}

test("every range of steps comes without the rows that fill up chunks", async () => {
  const store = await openEpisodes(STORE);
  for (let from = 0; from <= 31; from++) {
    for (let to = from; to <= 31; to++) {
      const expected = FRAMES.subarray(from * FRAME, to * FRAME);
      assert.ok(expected.equals(store.readFrames({ from, to })), `${from} to ${to}`);
    }
  }
});

test("all frames can be loaded as one array", async () => {
  assert.ok(FRAMES.equals(await (await openEpisodes(STORE)).loadAllFrames()));
});

test("loading all frames stops when it is told to", async () => {
  const store = await openEpisodes(STORE);
  await assert.rejects(store.loadAllFrames(AbortSignal.abort()), { name: "AbortError" });
});

test("a store of no episodes is a store", async () => {
  const store = await openEpisodes(await makeStore([]));
  assert.deepEqual([store.episodes, store.steps, (await store.loadAllFrames()).length], [0, 0, 0]);
});

for (const step of [-1, 31, 0.5, NaN]) {
  test(`step ${step} is refused`, async () => {
    const store = await openEpisodes(STORE);
    assert.throws(() => store.readFrames([0, step]), {
      code: "out-of-range",
      message: new RegExp(`^step ${step} is outside 0 to 30`),
    });
  });
}

test("an episode or a column that is not there is refused", async () => {
  const store = await openEpisodes(STORE);
  assert.throws(() => store.readEpisode(5), { code: "out-of-range", message: /episode 5 is outside 0 to 4/ });
  assert.throws(() => store.records.read("depth", [0]), {
    code: "not-found",
    message: /no "depth"; it has frames/,
  });
});

const damages: readonly (readonly [string, RegExp, (folder: string) => Promise<void>])[] = [
  [
    "a changed byte",
    /chunk 3 of .*frames is damaged: its checksum/,
    async (folder) => {
      const path = join(folder, "frames", "c", "1", "0", "0", "0");
      const bytes = await readFile(path);
      bytes[30] = (bytes[30] ?? 0) ^ 1;
      await writeFile(path, bytes);
    },
  ],
  ["a cut shard", /c\/1\/0\/0\/0 has 40 bytes/, (folder) => truncate(join(folder, "frames/c/1/0/0/0"), 40)],
  [
    "a shard cut by one byte",
    /index of .*c\/1\/0\/0\/0 is damaged: its checksum/,
    async (folder) => {
      const path = join(folder, "frames/c/1/0/0/0");
      await truncate(path, (await readFile(path)).length - 1);
    },
  ],
  ["a missing shard", /c\/1\/0\/0\/0 is missing/, (folder) => rm(join(folder, "frames/c/1/0/0/0"))],
];
for (const [what, sentence, damage] of damages) {
  test(`${what} is named when it is read, and other chunks can still be read`, async () => {
    const folder = await makeStore();
    await damage(folder);
    const store = await openEpisodes(folder);
    assert.deepEqual(store.readEpisode(0), EPISODES[0]);
    assert.throws(() => store.readEpisode(2), { code: "data-loss", message: sentence });
  });
}

test("metadata that this reader does not know is refused, not misread", async () => {
  const folder = await makeStore();
  const path = join(folder, "frames", "zarr.json");
  await writeFile(
    path,
    (await readFile(path, "utf8")).replace('"index_location": "end"', '"index_location": "start"'),
  );
  await assert.rejects(openEpisodes(folder), {
    code: "unimplemented",
    message: /frames.zarr\.json has another codecs/,
  });
});

for (const precision of ["float16", "float32"] as const) {
  test(`latents are kept as ${precision}`, async () => {
    const work = await createRecordWriter(
      newFolder(),
      latentsLayout({
        latentDim: 2,
        actionNames: DESCRIPTION.actionNames,
        precision,
        origin: { vae: "abc" },
      }),
    );
    const { frames, ...rest } = sampleEpisode(3);
    const episode = {
      ...rest,
      mean: Float32Array.from({ length: 26 }, (_, i) => i / 8 - 1),
      logVariance: Float32Array.from({ length: 26 }, (_, i) => -i / 4),
    };
    await work.append(toLatentRecord(episode));
    const folder = newFolder();
    await work.finish(folder);
    const store = await openLatents(folder);
    assert.deepEqual(store.readEpisode(0), episode);
    assert.equal(store.description.precision, precision);
    assert.equal(frames.length, 13 * FRAME);
    await assert.rejects(openEpisodes(folder), {
      code: "failed-precondition",
      message: /holds latents, and episodes/,
    });
  });
}

test("another Zarr library, zarrita, reads the same frames, actions and seeds", async () => {
  const store = {
    get: (key: string) => Promise.resolve(readIfThere(join(STORE, key))),
    getRange: (key: string, range: zarr.RangeQuery) => {
      const bytes = readIfThere(join(STORE, key));
      const part =
        "suffixLength" in range
          ? bytes?.subarray(-range.suffixLength)
          : bytes?.subarray(range.offset, range.offset + range.length);
      return Promise.resolve(part);
    },
  };
  const group = await zarr.open.v3(zarr.root(store), { kind: "group" });
  const read = async (name: string) => zarr.get(await zarr.open.v3(group.resolve(name), { kind: "array" }));
  const [frames, actions, offsets] = [await read("frames"), await read("actions"), await read("offsets")];
  assert.deepEqual(frames.shape, [40, 8, 6, 3]);
  assert.deepEqual([...(offsets.data as BigUint64Array)].map(Number), [0, 8, 12, 16, 32]);
  for (const [index, episode] of EPISODES.entries()) {
    const row = Number((offsets.data as BigUint64Array)[index]);
    const rows = (data: unknown, size: number) =>
      (data as Uint8Array).subarray(row * size, row * size + (LENGTHS[index] ?? 0) * size);
    assert.deepEqual(rows(frames.data, FRAME), episode.frames);
    assert.deepEqual(rows(actions.data, 3), episode.actions);
  }
  assert.deepEqual(
    [...((await read("seeds")).data as BigUint64Array)],
    EPISODES.map(({ seed }) => seed),
  );
});

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
}
