// How fast V and M drive: frames a second of the encoder and of the whole agent step, per core and on several
// processes at once, and the memory of one process. Run it on an otherwise idle machine:
//   node -C @worldmodels/source --import tsx libs/inference/bench/agent-step.ts [processes] [seconds per figure]
// The memory is that of a process that runs TypeScript from source through tsx, some 40 MB more than a built one.
import { fork } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { mdnRnnNetwork, defaultMdnRnnConfig } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import type { NetworkDescription } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { defaultVaeConfig, vaeNetwork } from "@worldmodels/vae";
import { createAgentModel, createEncoder, createMdnRnnStepper } from "../src/index.js";

interface Figure {
  readonly name: string;
  /** Rows a second: the median call's, and the quickest call's. */
  readonly median: number;
  readonly best: number;
  readonly rssMegabytes: number;
}

const random = (network: NetworkDescription) => ({
  network,
  weights: initialiseWeights(network, createRng(1)),
});

async function measure(
  name: string,
  rows: number,
  seconds: number,
  call: () => Promise<unknown>,
): Promise<Figure> {
  for (let i = 0; i < 10; i++) await call();
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const rate = (milliseconds = NaN) => Math.round((1000 * rows) / milliseconds);
  return {
    name,
    median: rate(times[times.length >> 1]),
    best: rate(times[0]),
    rssMegabytes: Math.round(process.memoryUsage.rss() / 1e6),
  };
}

async function measureAll(seconds: number): Promise<Figure[]> {
  const vae = random(vaeNetwork(defaultVaeConfig));
  const mdnRnn = random(mdnRnnNetwork(defaultMdnRnnConfig));
  const noise = createRng(2);
  const framesOf = (rows: number) =>
    Uint8Array.from({ length: rows * 64 * 64 * 3 }, () => noise.integers(256));
  const figures: Figure[] = [];

  const agent = await createAgentModel({ vae, mdnRnn, batch: 16 });
  const frames = framesOf(16);
  const actions = new Float32Array(16 * 3).fill(0.1);
  figures.push(
    await measure("agent step, batch 16", 16, seconds, () => {
      for (let slot = 0; slot < 16; slot++) agent.see(slot, { wm64: frames }, slot);
      return agent.advance(actions);
    }),
  );
  await agent.close();

  for (const batch of [8, 16, 32]) {
    const encoder = await createEncoder({ vae, batch });
    const input = framesOf(batch);
    figures.push(await measure(`encoder, batch ${batch}`, batch, seconds, () => encoder.encode(input)));
    await encoder.close();
  }
  for (const batch of [16, 64]) {
    const stepper = await createMdnRnnStepper({ mdnRnn, batch });
    const latent = noise.fillStandardNormal(new Float32Array(batch * 32));
    const action = new Float32Array(batch * 3);
    const state = { hidden: new Float32Array(batch * 256), cell: new Float32Array(batch * 256) };
    figures.push(
      await measure(`M with its mixture, batch ${batch}`, batch, seconds, () =>
        stepper.step({ latent, action }, state),
      ),
    );
    await stepper.close();
  }
  return figures;
}

const seconds = Number(process.argv[3] ?? 2);
if (process.send !== undefined) {
  process.send(await measureAll(seconds));
} else {
  const processes = Number(process.argv[2] ?? 1);
  const answers = Array.from({ length: processes }, () => {
    const child = fork(fileURLToPath(import.meta.url), [String(processes), String(seconds)]);
    return new Promise<Figure[]>((resolve, reject) => {
      child.once("message", (message) => resolve(message as Figure[]));
      child.once("exit", (code) => reject(new Error(`a measuring process ended with ${code}`)));
    });
  });
  const all = await Promise.all(answers);
  console.log(
    `${processes} process(es) at once on ${cpus()[0]?.model ?? "?"}; rows a second, summed over them`,
  );
  console.table(
    (all[0] ?? []).map(({ name, rssMegabytes }, i) => ({
      figure: name,
      median: all.reduce((sum, figures) => sum + (figures[i]?.median ?? NaN), 0),
      best: all.reduce((sum, figures) => sum + (figures[i]?.best ?? NaN), 0),
      "RSS of one, MB": rssMegabytes,
    })),
  );
}
