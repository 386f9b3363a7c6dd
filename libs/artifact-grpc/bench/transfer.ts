// How fast an artifact goes to a service of another process and comes back, over TCP of this machine and over a unix socket, and
// how much memory both ends take:
//   npx tsx -C @worldmodels/source libs/artifact-grpc/bench/transfer.ts [MiB, default 1024] [folder for the files]
import { createArtifactStore } from "@worldmodels/artifacts";
import { connect, parseAddress, startServer } from "@worldmodels/grpc-kit";
import { fork } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServicePeer, serveArtifacts } from "../src/index.js";

const [first = "1024", second = tmpdir()] = process.argv.slice(2);
if (first === "serve") await serveHere(second, process.argv[4] ?? "");
else await measure(Number(first), second);

async function serveHere(root: string, listen: string): Promise<void> {
  const server = await startServer({
    listen: parseAddress(listen, "listen"),
    services: [serveArtifacts(createArtifactStore(root))],
    onBug: console.error,
  });
  process.send?.(server.address);
  process.on("message", () => process.send?.(usageOf()));
  process.on("disconnect", () => process.exit());
}

async function measure(mebibytes: number, parent: string): Promise<void> {
  const root = await mkdtemp(join(parent, "wm-transfer-"));
  try {
    const here = createArtifactStore(join(root, "here"));
    const ref = await here.write("sample", {}, async (folder) => {
      const file = await open(join(folder, "a.bin"), "w");
      const part = randomFillSync(Buffer.alloc(2 ** 20));
      for (let i = 0; i < mebibytes; i++) {
        part.writeUInt32LE(i);
        await file.writeFile(part);
      }
      await file.close();
    });
    for (const listen of ["127.0.0.1:0", `unix:${join(root, "s")}`]) {
      const there = join(root, `there-${listen.length}`);
      const child = fork(fileURLToPath(import.meta.url), ["serve", there, listen]);
      const [address] = (await once(child, "message")) as [string];
      const connection = connect(address);
      const peer = createServicePeer(connection);
      const back = createArtifactStore(join(root, `back-${listen.length}`));
      const usageThere = async () => {
        child.send("usage");
        return ((await once(child, "message")) as [Usage])[0];
      };
      const result = async (what: string, work: () => Promise<void>) => {
        const [ours, theirs, startedMs] = [usageOf(), await usageThere(), performance.now()];
        await work();
        const seconds = (performance.now() - startedMs) / 1000;
        const [oursNow, theirsNow] = [usageOf(), await usageThere()];
        const perGibibyte = (spent: number) => ((spent * 1024) / mebibytes).toFixed(2);
        console.log(
          `${listen.split(":")[0]}: ${mebibytes} MiB ${what} at ${(mebibytes / seconds).toFixed(0)} MiB/s; ` +
            `CPU seconds a GiB ${perGibibyte(oursNow.cpuSeconds - ours.cpuSeconds)} here, ` +
            `${perGibibyte(theirsNow.cpuSeconds - theirs.cpuSeconds)} at the service; ` +
            `most memory ${oursNow.mostMebibytes.toFixed(0)} and ${theirsNow.mostMebibytes.toFixed(0)} MiB`,
        );
      };
      await result("sent", () => peer.send(ref, here));
      await result("fetched", () => peer.fetch(ref, back));
      connection.close();
      child.disconnect();
    }
  } finally {
    await rm(root, { recursive: true });
  }
}

interface Usage {
  readonly cpuSeconds: number;
  readonly mostMebibytes: number;
}

function usageOf(): Usage {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, mostMebibytes: maxRSS / 1024 };
}
