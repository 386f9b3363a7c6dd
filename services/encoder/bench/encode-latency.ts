// Milliseconds of unary Encode over a unix socket, the service in a process of its own, V of the paper's size with random weights:
//   node -C @worldmodels/source --import tsx services/encoder/bench/encode-latency.ts
import { createArtifactStore, saveModel } from "@worldmodels/artifacts";
import { createClient, toTensor } from "@worldmodels/grpc-kit";
import { initialiseWeights } from "@worldmodels/networks";
import { EncoderServiceService } from "@worldmodels/proto/encoder";
import { createRng } from "@worldmodels/rng";
import { vaeNetwork } from "@worldmodels/vae";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceStarter } from "@worldmodels/grpc-kit/testing";

const startServiceProcess = serviceStarter(new URL("../src/main.ts", import.meta.url));

const WARM_UP = 500;
const CALLS = 3000;

const folder = mkdtempSync(join(tmpdir(), "encode-latency-"));
const store = createArtifactStore(join(folder, "artifacts"));
const network = vaeNetwork({ latentDim: 32 });
const { digest } = await saveModel(store, {
  kind: "vae",
  network,
  config: { latentDim: 32, observation: "wm64" },
  weights: initialiseWeights(network, createRng(1)),
});
const service = await startServiceProcess(folder, { model: digest });
const encoder = createClient(EncoderServiceService, service.connection);

const percentile = (sorted: readonly number[], share: number) =>
  (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(2);

async function measure(what: string, calls: number, call: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let i = -WARM_UP; i < calls; i++) {
    const startMs = performance.now();
    await call();
    if (i >= 0) times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
  console.log(
    `${what.padEnd(24)} ${calls} calls: p50 ${p50} ms, p99 ${p99} ms, least ${percentile(times, 0)} ms`,
  );
}

for (const rows of [1, 16]) {
  const rng = createRng(rows);
  const frames = toTensor(
    Uint8Array.from({ length: rows * 12_288 }, () => Math.floor(256 * rng.random())),
    [rows, 64, 64, 3],
  );
  await measure(`Encode of ${rows} frame${rows > 1 ? "s" : ""}`, Math.ceil(CALLS / rows), () =>
    encoder.encode({ model: "", frames }, { deadlineMs: 10_000 }),
  );
}
await measure("GetModel, for the wire", CALLS, () => encoder.getModel({ model: "" }, { deadlineMs: 10_000 }));
await service.stop("SIGTERM");
rmSync(folder, { recursive: true });
