// Milliseconds per training step of the paper's V and M, and a digest of the weights after it: equal digests in two
// processes show that training repeats byte for byte.
//
//   node -C @worldmodels/source --import tsx bench/training-steps.ts [auto|gpu|native|wasm]
//
// Run it with the variables of `trainingProcessEnv` set, as training processes are.
import { createHash } from "node:crypto";
import { defaultMdnRnnConfig, mdnRnnNetwork } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig, RecurrentState } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import type { NamedWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { defaultVaeConfig, vaeNetwork } from "@worldmodels/vae";
import { createMdnRnnTrainer, createVaeTrainer, selectBackend } from "../src/index.js";
import type { BackendPreference } from "../src/index.js";

const STEPS = 15;
const backend = await selectBackend((process.argv[2] ?? "auto") as BackendPreference);
console.log(`${backend.reason} (${backend.version})`);

for (const batch of [32, 100]) {
  const rng = createRng(1);
  const network = vaeNetwork(defaultVaeConfig);
  const initial = initialiseWeights(network, rng);
  const trainer = createVaeTrainer({ network, config: defaultVaeConfig, initial, backend });
  const frames = Uint8Array.from({ length: batch * 64 * 64 * 3 }, () => rng.integers(256));
  measure(`VAE, batch ${batch}`, trainer, () => trainer.step(frames, rng));
}

/** M of TakeCover, whose state goes on from step to step, with an episode's end every 300 steps. */
const takeCover: MdnRnnConfig = {
  ...defaultMdnRnnConfig,
  latentDim: 64,
  actionSize: 1,
  hidden: 512,
  restartInput: true,
  terminatedHead: true,
};
for (const [name, config, rows, steps] of [
  ["M", defaultMdnRnnConfig, 32, 32],
  ["M", defaultMdnRnnConfig, 100, 64],
  ["Doom's M", takeCover, 32, 64],
  ["Doom's M", takeCover, 64, 32],
  ["Doom's M", takeCover, 100, 64],
] as const) {
  const rng = createRng(1);
  const network = mdnRnnNetwork(config);
  const trainer = createMdnRnnTrainer({ network, initial: initialiseWeights(network, rng), backend });
  const latents = rows * (steps + 1) * config.latentDim;
  const flags = (every: number, at: number) =>
    Uint8Array.from({ length: rows * steps }, (_, i) => ((i * 7) % every === at ? 1 : 0));
  const windows = {
    rows,
    steps,
    mean: rng.fillStandardNormal(new Float32Array(latents)),
    logVariance: new Float32Array(latents).fill(-2),
    actions: rng.fillStandardNormal(new Float32Array(rows * steps * config.actionSize)),
    ...(config.terminatedHead && { terminated: flags(300, 0), restarts: flags(300, 7) }),
  };
  let state: RecurrentState | undefined;
  measure(`${name}, ${rows} x ${steps}`, trainer, () => {
    const result = trainer.step({ ...windows, state }, rng);
    if (config.terminatedHead) state = result.state;
  });
}

function measure(
  name: string,
  trainer: { exportWeights(): NamedWeights; dispose(): void },
  step: () => unknown,
): void {
  const times = Array.from({ length: STEPS }, () => {
    const start = performance.now();
    step();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const digest = createHash("sha256");
  for (const { data } of Object.values(trainer.exportWeights())) digest.update(data);
  trainer.dispose();
  const [fastest = NaN, median = NaN] = [times[0], times[STEPS >> 1]];
  const memory = Math.round(process.memoryUsage.rss() / 2 ** 20);
  console.log(
    `${name.padEnd(18)} fastest ${fastest.toFixed(0)} ms, median ${median.toFixed(0)} ms, ` +
      `${memory} MiB, weights ${digest.digest("hex").slice(0, 12)}`,
  );
}
