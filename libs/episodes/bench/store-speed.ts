// Speed and size of the store on frames that move like CarRacing's: `npm run bench` in libs/episodes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createRecordWriter,
  episodesLayout,
  openEpisodes,
  shuffleSteps,
  toRecord,
} from "@worldmodels/episodes";
import { createRng } from "@worldmodels/rng";
import { driveFrames } from "./drive-frames.js";

const EPISODES = 8;
const STEPS = 1000;
const root = mkdtempSync(join(tmpdir(), "store-speed-"));
const layout = episodesLayout({
  env: "bench",
  recipe: "wm64",
  frameShape: [64, 64, 3],
  actionNames: ["steer", "gas", "brake"],
  policy: {},
  versions: {},
});

async function rate(what: string, frames: number, work: () => unknown): Promise<void> {
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  console.log(`${what.padEnd(44)} ${Math.round(frames / seconds).toLocaleString("en")} frames/s`);
}

const frames = driveFrames(STEPS);
const episode = {
  frames,
  actions: new Float32Array(3 * STEPS),
  rewards: new Float64Array(STEPS),
  terminated: new Uint8Array(STEPS),
  truncated: new Uint8Array(STEPS),
};
const writer = await createRecordWriter(join(root, "work"), layout);
await rate("record (compress, write)", EPISODES * STEPS, async () => {
  for (let i = 0; i < EPISODES; i++) await writer.put(i, toRecord({ ...episode, seed: BigInt(i) }));
});
await rate("assemble", EPISODES * STEPS, () => writer.finish(join(root, "store")));
const all = await openEpisodes(join(root, "store"));
await rate("load all", EPISODES * STEPS, () => all.loadAllFrames());
for (const cacheMegabytes of [8, 512]) {
  const store = await openEpisodes(join(root, "store"), { cacheMegabytes });
  let seed = 1;
  const batch = () => Array.from({ length: 100 }, () => (seed = (seed * 48271) % 2147483647) % store.steps);
  await rate(`100 random frames, cache ${cacheMegabytes} MB`, 5000, () => {
    for (let i = 0; i < 50; i++) store.readFrames(batch());
  });
  await rate(`  once more`, 5000, () => {
    for (let i = 0; i < 50; i++) store.readFrames(batch());
  });
  await rate(`episode by episode, cache ${cacheMegabytes} MB`, EPISODES * STEPS, () => {
    for (let i = 0; i < EPISODES; i++) store.readEpisode(i);
  });
}
const shuffled = await openEpisodes(join(root, "store"), { cacheMegabytes: 64 });
const order = shuffleSteps(shuffled.records, 16, createRng(1n));
await rate("an epoch in shuffled groups, cache 64 MB", EPISODES * STEPS, () => {
  for (let i = 0; i < order.length; i += 100) shuffled.readFrames(order.subarray(i, i + 100));
});
rmSync(root, { recursive: true });
