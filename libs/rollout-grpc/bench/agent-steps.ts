// Agent steps a second (CarRacing, V, M and C with random weights of the paper's sizes): rollout services against a pool of
// worker processes here, in turns. The services are those of the addresses; TLS is as WORLDMODELS_TLS_… say:
//   node -C @worldmodels/source --import tsx libs/rollout-grpc/bench/agent-steps.ts ADDRESS,ADDRESS [workers here] [rounds]
import { controllerShape } from "@worldmodels/agent";
import { createArtifactStore, saveModel } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import { mdnRnnNetwork } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { createRolloutPool } from "@worldmodels/rollout-pool";
import type { RolloutPool, RolloutSetup, RolloutTask } from "@worldmodels/rollout-pool";
import { vaeNetwork } from "@worldmodels/vae";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createRemoteRolloutPool } from "../src/index.js";

const LATENT = 32;
const HIDDEN = 256;
const SLOTS = 16;
const EPISODES = 96;
const STEPS = 100;

const addresses = (process.argv[2] ?? "").split(",").filter((address) => address !== "");
const workers = Number(process.argv[3] ?? 2);
const rounds = Number(process.argv[4] ?? 5);
const rng = createRng(1);
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

const root = await mkdtemp(join(tmpdir(), "worldmodels-bench-"));
const pools: Record<string, RolloutPool> = {};
try {
  const store = createArtifactStore(root);
  const networks = {
    vae: vaeNetwork({ latentDim: LATENT }),
    mdnRnn: mdnRnnNetwork({
      ...{ latentDim: LATENT, actionSize: 3, hidden: HIDDEN, mixtures: 5 },
      ...{ restartInput: false, rewardHead: false, terminatedHead: false },
    }),
  };
  const save = (kind: "vae" | "mdn-rnn", network: (typeof networks)["vae"], config: JsonObject) =>
    saveModel(store, { kind, network, config, weights: initialiseWeights(network, rng) });
  const sizes = { latentDim: LATENT, hiddenDim: HIDDEN, actionSize: 3 };
  const controller = controllerShape({ features: "zh", ...sizes });
  const setup: RolloutSetup = {
    ...{ env: `CarRacing-v3?max_episode_steps=${STEPS}`, slots: SLOTS },
    driver: {
      ...{ type: "agent", store: root, controller },
      vae: await save("vae", networks.vae, { latentDim: LATENT, observation: "wm64" }),
      mdnRnn: await save("mdn-rnn", networks.mdnRnn, { latentDim: LATENT, actionSize: 3, hidden: HIDDEN }),
    },
  };
  const tasks = Array.from({ length: EPISODES }, (_, index): RolloutTask => ({
    ...{ index, seed: BigInt(index) },
    controller: rng.fillStandardNormal(new Float64Array(controller.parameterCount)),
  }));
  pools["here"] = createRolloutPool(setup, { workers });
  pools["services"] = createRemoteRolloutPool(setup, { addresses });
  const rates: Record<string, number[]> = { here: [], services: [] };
  // The first round also starts workers and sends the models, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, pool] of Object.entries(pools)) {
      const startMs = performance.now();
      const results = await pool.run(tasks);
      const steps = results.reduce((sum, { length }) => sum + length, 0);
      if (round > 0) rates[name]?.push((1000 * steps) / (performance.now() - startMs));
    }
  }
  const [here, services] = [median(rates["here"] ?? []), median(rates["services"] ?? [])];
  const figures = { here: Math.round(here), services: Math.round(services) };
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "?"}`;
  console.log(
    JSON.stringify({ machine, workers, addresses, rounds, stepsPerSecond: figures, ratio: services / here }),
  );
} finally {
  for (const pool of Object.values(pools)) pool.close();
  await rm(root, { recursive: true });
}
