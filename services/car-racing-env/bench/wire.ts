// What a service costs: 16 slots of CarRacing with wm64 pictures, stepped in this process and behind the car-racing-env
// service (a process of its own, unix socket), in turns. Best on an idle machine of two cores or more:
//   node -C @worldmodels/source --import tsx bench/wire.ts [slots] [requests in flight] [rounds]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { VectorEnv } from "@worldmodels/env";
import { openEnv } from "@worldmodels/environments";
import { openRemoteEnv } from "@worldmodels/env-grpc";

const [numEnvs = 16, inFlight = 2, rounds = 21] = process.argv.slice(2).map(Number);
const STEPS = 200;
const options = { numEnvs, observations: ["wm64"], autoreset: "SAME_STEP" } as const;

const folder = mkdtempSync(join(tmpdir(), "wm-wire-"));
const address = `unix:${folder}/s`;
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const service = spawn(
  process.execPath,
  [...process.execArgv, main, `--listen=${address}`, "--stop-on-stdin-end=true"],
  { stdio: ["pipe", "pipe", "inherit"] },
);
for await (const line of createInterface({ input: service.stdout })) if (line.includes('"listening"')) break;

const local = await openEnv("CarRacing-v3", options);
const remote = await openRemoteEnv(address, { envId: "CarRacing-v3", ...options });

function actionsAt(step: number): Float32Array {
  const actions = new Float32Array(3 * numEnvs);
  for (let slot = 0; slot < numEnvs; slot++) {
    actions.set([0.5 * Math.sin((step + 7 * slot) / 15), step % 60 < 40 ? 0.6 : 0, 0], 3 * slot);
  }
  return actions;
}

/** Slot steps per second. */
async function measure(env: VectorEnv, most: number, seed: bigint): Promise<number> {
  await env.reset({ seeds: seed });
  const start = performance.now();
  const running: Promise<unknown>[] = [];
  for (let step = 0; step < STEPS; step++) {
    if (running.length === most) await running.shift();
    running.push(env.step(actionsAt(step)));
  }
  await Promise.all(running);
  return (STEPS * numEnvs * 1000) / (performance.now() - start);
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const results: Record<string, number[]> = { "in process": [], "one in flight": [], pipelined: [] };
for (let round = -1; round < rounds; round++) {
  const seed = BigInt(1000 * (round + 1));
  const speeds = {
    "in process": await measure(local, 1, seed),
    "one in flight": await measure(remote, 1, seed),
    pipelined: await measure(remote, inFlight, seed),
  };
  // The first round warms up.
  if (round < 0) continue;
  for (const [what, speed] of Object.entries(speeds)) results[what]?.push(speed);
}
const reference = results["in process"] ?? [];
for (const [what, speeds] of Object.entries(results)) {
  const name = what === "pipelined" ? `${inFlight} in flight` : what;
  const middle = median(speeds);
  // Of each round by itself: other work on the machine disturbs neighbours alike.
  const shares = speeds.map((speed, round) => (100 * speed) / (reference[round] ?? NaN));
  console.log(
    `${name.padEnd(14)} ${Math.round(middle)} slot steps/s at the median of ${rounds} rounds ` +
      `(${Math.round(Math.min(...speeds))} to ${Math.round(Math.max(...speeds))}); ${median(shares).toFixed(1)} % of in process`,
  );
}
await Promise.all([local.close(), remote.close()]);
service.stdin.end();
rmSync(folder, { recursive: true, force: true });
