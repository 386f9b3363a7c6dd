import { createArtifactStore } from "@worldmodels/artifacts";
import type { ArtifactStore } from "@worldmodels/artifacts";
import { connect, parseAddress, startServer } from "@worldmodels/grpc-kit";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveArtifacts } from "./serve-artifacts.js";

/** An ArtifactService over `store` on a unix socket, and a connection to it. A bug that it meets is thrown by `close`. */
export async function startArtifactService(store: ArtifactStore, socket?: string) {
  const folder = await mkdtemp(join(tmpdir(), "wm-artifacts-"));
  const address = `unix:${socket ?? join(folder, "s")}`;
  const bugs: unknown[] = [];
  const server = await startServer({
    listen: parseAddress(address, "listen"),
    services: [serveArtifacts(store)],
    onBug: (_, error) => bugs.push(error),
  });
  const connection = connect(address);
  return {
    connection,
    address,
    stop: () => server.stop({ graceMs: 2000 }),
    async close() {
      connection.close();
      await server.stop({ graceMs: 2000 });
      await rm(folder, { recursive: true });
      if (bugs.length > 0) throw bugs[0];
    },
  };
}

/** A store of its own in a new folder below `root`. */
export async function newStore(root: string): Promise<ArtifactStore> {
  return createArtifactStore(join(await mkdtemp(join(root, "test-")), "store"));
}
