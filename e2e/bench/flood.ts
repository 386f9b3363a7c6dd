// 1,000 sessions at once and 10,000 malformed messages against car-racing-env, again and again: does its memory come back?
//   npx nx build car-racing-env && node -C @worldmodels/source --import tsx e2e/bench/flood.ts
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { floodMalformed, floodSessions } from "../src/services/flood.js";
import { localServices } from "../src/services/local-services.js";

const ROUNDS = 5;
const folder = mkdtempSync(join(tmpdir(), "wm-flood-"));
const host = localServices(folder, join(folder, "runs"));
await host.start("car-racing-env");
const [line = ""] = readFileSync(join(folder, "car-racing-env.log"), "utf8").split("\n");
const { pid } = JSON.parse(line) as { readonly pid: number };

/** Resident memory of the service, MiB. */
function memory(): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024;
}

try {
  console.log(`at rest: ${memory().toFixed(0)} MiB`);
  for (let round = 1; round <= ROUNDS; round++) {
    const sessions = await floodSessions(host.address("car-racing-env"), 1000);
    const malformed = await floodMalformed(host.address("car-racing-env"), 10_000);
    const peak = memory();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const after = memory();
    console.log(
      `round ${round}: sessions ${JSON.stringify(sessions)}, malformed ${JSON.stringify(malformed)}, ` +
        `${peak.toFixed(0)} MiB, 5 s later ${after.toFixed(0)} MiB`,
    );
  }
} finally {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
}
