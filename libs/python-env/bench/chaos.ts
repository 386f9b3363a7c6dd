// Many episodes of TakeCover through the bridge while engines, and now and then a whole child, are killed: none may be lost
// or differ, and nothing may be left. Linux only:
//   node -C @worldmodels/source --import tsx bench/chaos.ts [--episodes 1000] [--every 50] [--slots 4] [--json]
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { createPolicy, createPolicyDriver, runEpisodes } from "@worldmodels/agent";
import type { EpisodeResult } from "@worldmodels/agent";
import { createVectorEnv } from "@worldmodels/env";
import { createRng } from "@worldmodels/rng";
import { createPythonEngine } from "@worldmodels/python-env";
import {
  enginesBelow,
  instanceOf,
  isAlive,
  processesBelow,
  sharedMemory,
  workersBelow,
} from "../src/processes.test-helper.js";
import { resolveTakeCover } from "../src/take-cover.test-helper.js";

const { values } = parseArgs({
  options: {
    episodes: { type: "string", default: "1000" },
    every: { type: "string", default: "50" },
    slots: { type: "string", default: "4" },
    json: { type: "boolean", default: false },
  },
});
const [episodes, every, slots] = [values.episodes, values.every, values.slots].map(Number) as [
  number,
  number,
  number,
];
const tasks = Array.from({ length: episodes }, (_, id) => ({ id, seed: BigInt(id), policySeed: BigInt(id) }));
const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("worldmodels-python-"));
const before = folders();
const seen = { pids: new Set<number>(), instances: new Set<string>(), kills: 0 };

function note(): void {
  for (const pid of processesBelow()) seen.pids.add(pid);
  for (const engine of enginesBelow()) seen.instances.add(instanceOf(engine));
}

/** @param disturb called after each episode */
async function playAll(disturb: (played: number) => void): Promise<EpisodeResult[]> {
  const env = createVectorEnv(await createPythonEngine({ ...resolveTakeCover(), numEnvs: slots }));
  const driver = createPolicyDriver<(typeof tasks)[number]>({
    batch: slots,
    actionSize: 1,
    createPolicy: ({ policySeed }) => createPolicy("held", env.spec.action, createRng(policySeed)),
  });
  const results: EpisodeResult[] = [];
  for await (const result of runEpisodes({ env, driver, tasks })) {
    results.push(result);
    disturb(results.length);
  }
  await env.close();
  return results.sort((a, b) => Number(a.id) - Number(b.id));
}

const start = performance.now();
const disturbed = await playAll((played) => {
  if (played % every !== 0) return;
  note();
  // Every fourth time the Python child itself.
  const victims = (seen.kills + 1) % 4 === 0 ? workersBelow() : enginesBelow();
  const victim = victims[seen.kills % victims.length];
  if (victim === undefined) throw new Error("there is nothing to kill");
  process.kill(victim, "SIGKILL");
  seen.kills++;
});
note();
const seconds = (performance.now() - start) / 1000;
const undisturbed = await playAll(() => undefined);

const different = undisturbed.filter(
  (result, i) => JSON.stringify(result, replacer) !== JSON.stringify(disturbed[i], replacer),
);
const report = {
  episodes,
  kills: seen.kills,
  lost: episodes - new Set(disturbed.map(({ id }) => id)).size,
  twice: disturbed.length - new Set(disturbed.map(({ id }) => id)).size,
  different: different.length,
  processesLeft: [...seen.pids].filter(isAlive).length,
  sharedMemoryLeft: sharedMemory([...seen.instances]).length,
  foldersLeft: folders().filter((name) => !before.includes(name)).length,
  steps: disturbed.reduce((sum, { length }) => sum + length, 0),
  seconds,
};
console.log(values.json ? JSON.stringify(report) : report);
const { lost, twice, processesLeft, sharedMemoryLeft, foldersLeft } = report;
if (lost + twice + report.different + processesLeft + sharedMemoryLeft + foldersLeft > 0)
  process.exitCode = 1;

function replacer(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
