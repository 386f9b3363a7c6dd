// How fast TakeCover's M (z 64, 512 units, 5 mixtures, restart input, terminated head; random weights) is dreamt in:
// steps a second of (a) M's graph alone, (b) the dream as one environment, (c) the rollout pool that evolves C.
// Run it on an otherwise idle machine; prints JSON:
//   node -C @worldmodels/source --import tsx libs/rollout-pool/bench/dream-steps.ts [workers] [slots per worker] [parts, e.g. abc]
import { controllerShape } from "@worldmodels/agent";
import { artifactName, createArtifactStore, saveModel } from "@worldmodels/artifacts";
import type { ArtifactRef } from "@worldmodels/artifacts";
import { openEnv, saveDream, saveDreamStarts } from "@worldmodels/environments";
import { createMdnRnnStepper } from "@worldmodels/inference";
import { mdnRnnNetwork } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { vaeNetwork } from "@worldmodels/vae";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createRolloutPool } from "../src/index.js";
import type { RolloutTask } from "../src/index.js";

const LATENT = 64;
const HIDDEN = 512;
/** Steps of every episode: the end is predicted, and with this bias of its logit never comes before the horizon. */
const EPISODE_STEPS = 500;
const NEVER = -1000;

const [workers, slots] = [Number(process.argv[2] ?? 2), Number(process.argv[3] ?? 48)];
const parts = process.argv[4] ?? "abc";
const rng = createRng(1);
const normals = (length: number) => rng.fillStandardNormal(new Float32Array(length));

function createM() {
  const network = mdnRnnNetwork({
    latentDim: LATENT,
    actionSize: 1,
    hidden: HIDDEN,
    mixtures: 5,
    restartInput: true,
    rewardHead: false,
    terminatedHead: true,
  });
  const weights = initialiseWeights(network, rng);
  weights["terminated/dense/bias"]?.data.fill(NEVER);
  return { network, weights };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** Steps a second of the clock, and of the processors' time: the second is what an idle core would give. */
interface Rate {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

/** Calls of `rows` steps each, over two seconds: the medians of ten parts. */
async function rateOf(rows: number, call: () => Promise<unknown>): Promise<Rate> {
  for (let i = 0; i < 30; i++) await call();
  const rates: Rate[] = [];
  for (let part = 0; part < 10; part++) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    let steps = 0;
    for (; performance.now() < start + 200; steps += rows) await call();
    const { user, system } = process.cpuUsage(cpu);
    rates.push({
      perSecond: (1000 * steps) / (performance.now() - start),
      perCpuSecond: (1e6 * steps) / (user + system),
    });
  }
  return medianRate(rates);
}

function medianRate(rates: readonly Rate[]): Rate {
  return {
    perSecond: Math.round(median(rates.map(({ perSecond }) => perSecond))),
    perCpuSecond: Math.round(median(rates.map(({ perCpuSecond }) => perCpuSecond))),
  };
}

/** Seconds that processes have run, by Linux's /proc: user and system time, in ticks of 1/100 s. */
function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/, "").split(" ");
    return Number(fields[12]) + Number(fields[13]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}

async function measureGraph(mdnRnn: ReturnType<typeof createM>) {
  const figures: Record<string, Rate> = {};
  for (const batch of [16, 24, 32, 48, 64, 96, 128]) {
    const stepper = await createMdnRnnStepper({ mdnRnn, batch });
    const input = {
      latent: normals(batch * LATENT),
      action: normals(batch),
      restart: new Float32Array(batch),
    };
    const state = { hidden: new Float32Array(batch * HIDDEN), cell: new Float32Array(batch * HIDDEN) };
    figures[`batch ${batch}`] = await rateOf(batch, () => stepper.step(input, state));
    await stepper.close();
  }
  return figures;
}

async function measureEnv(uri: string) {
  const figures: Record<string, Rate> = {};
  for (const observations of [["z"], ["z", "hidden", "cell"]]) {
    const env = await openEnv(uri, { numEnvs: slots, observations, autoreset: "SAME_STEP" });
    await env.reset();
    const actions = new Float32Array(slots);
    figures[observations.join()] = await rateOf(slots, () => env.step(actions));
    await env.close();
  }
  return figures;
}

async function measurePool(env: string, store: string, refs: { vae: ArtifactRef; mdnRnn: ArtifactRef }) {
  const controller = controllerShape({
    features: "zch",
    latentDim: LATENT,
    hiddenDim: HIDDEN,
    actionSize: 1,
    bias: false,
  });
  const pool = createRolloutPool(
    { env, slots, driver: { type: "agent", store, ...refs, controller } },
    { workers },
  );
  const count = workers * slots;
  const tasksOf = (first: number): RolloutTask[] =>
    Array.from({ length: count }, (_, index) => ({
      index: first + index,
      seed: BigInt(first + index),
      controller: Float64Array.from(normals(controller.parameterCount), (value) => value * 0.1),
    }));
  const rates: Rate[] = [];
  // The first list also starts the workers and is not counted.
  for (let round = 0; round < 4; round++) {
    const tasks = tasksOf(round * count);
    const [start, cpu] = [performance.now(), cpuSeconds(pool.pids)];
    const results = await pool.run(tasks);
    const steps = results.reduce((sum, { length }) => sum + length, 0);
    const [seconds, busy] = [(performance.now() - start) / 1000, cpuSeconds(pool.pids) - cpu];
    if (round > 0) rates.push({ perSecond: steps / seconds, perCpuSecond: steps / busy });
  }
  const peakWorkerMegabytes = Math.round(pool.peakWorkerRssBytes / 1e6);
  pool.close();
  return { ...medianRate(rates), peakWorkerMegabytes };
}

const root = await mkdtemp(join(tmpdir(), "worldmodels-bench-"));
try {
  const store = createArtifactStore(root);
  const mdnRnn = createM();
  const vae = vaeNetwork({ latentDim: LATENT });
  const refs = {
    vae: await saveModel(store, {
      kind: "vae",
      network: vae,
      config: { latentDim: LATENT },
      weights: initialiseWeights(vae, rng),
    }),
    mdnRnn: await saveModel(store, { kind: "mdn-rnn", ...mdnRnn, config: { latentDim: LATENT } }),
  };
  const starts = await saveDreamStarts(store, {
    latentDim: LATENT,
    latents: { mean: normals(100 * LATENT), logVariance: new Float32Array(100 * LATENT).fill(-4) },
    action: { type: "BOX", size: 1, low: [-1], high: [1], names: ["strafe"] },
    tickSeconds: 1 / 35,
    rewardRange: [1, 1],
    maxEpisodeSteps: EPISODE_STEPS,
  });
  const dream = join(root, artifactName(await saveDream(store, { ...refs, starts })));
  const uri = `dream:${dream}?temperature=1.15`;
  const report = {
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "?"}`,
    workers,
    slots,
    unit: "dream steps a second",
    ...(parts.includes("a") && { graphOfOneProcess: await measureGraph(mdnRnn) }),
    ...(parts.includes("b") && { environmentOfOneProcess: await measureEnv(uri) }),
    ...(parts.includes("c") && { pool: await measurePool(uri, root, refs) }),
  };
  console.log(JSON.stringify(report, undefined, 2));
} finally {
  await rm(root, { recursive: true });
}
