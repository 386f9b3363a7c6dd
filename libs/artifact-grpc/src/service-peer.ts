import { contentBytes, hasArtifact } from "@worldmodels/artifacts";
import type { ArtifactPeer } from "@worldmodels/artifacts";
import { createClient } from "@worldmodels/grpc-kit";
import type { Connection } from "@worldmodels/grpc-kit";
import { ArtifactServiceService } from "@worldmodels/proto/artifact";
import { openDownload } from "./download.js";
import { upload } from "./upload.js";

export interface ServicePeerOptions {
  /** How long the service may be out of reach while an artifact is fetched; default 60,000 ms. */
  readonly patienceMs?: number;
  /** A transfer of which nothing moves for so long is given up; default 120,000 ms. */
  readonly stallMs?: number;
}

/** References are looked up on the service's disk. */
const HAS_DEADLINE_MS = 30_000;

/**
 * The store behind an ArtifactService. What is fetched goes on where it was when contact was lost; what is sent begins anew,
 * which is the caller's to do (`unavailable`).
 */
export function createServicePeer(connection: Connection, options: ServicePeerOptions = {}): ArtifactPeer {
  const { patienceMs = 60_000, stallMs = 120_000 } = options;
  const client = createClient(ArtifactServiceService, connection);
  const has: ArtifactPeer["has"] = async (refs, { signal } = {}) => {
    if (refs.length === 0) return [];
    const request = { artifacts: refs.map(({ kind, digest }) => ({ kind, digest })) };
    const { present } = await client.hasArtifacts(request, { signal, deadlineMs: HAS_DEADLINE_MS });
    return refs.filter((ref) =>
      present.some(({ kind, digest }) => kind === ref.kind && digest === ref.digest),
    );
  };
  return {
    has,
    async send(ref, from, transfer = {}) {
      transfer.signal?.throwIfAborted();
      if ((await has([ref], transfer)).length > 0) return;
      await upload(client, await from.open(ref), { ...transfer, stallMs });
    },
    async fetch(ref, to, { signal, onBytes, onContact } = {}) {
      signal?.throwIfAborted();
      if (await hasArtifact(to, ref)) return;
      const download = openDownload({ client, connection, ref, signal, patienceMs, stallMs, onContact });
      try {
        const manifest = await download.manifest();
        const total = contentBytes(manifest);
        let done = 0;
        const counted = async function* () {
          for await (const part of download.content()) {
            yield part;
            done += part.length;
            onBytes?.(done, total);
          }
        };
        await to.receive(manifest, counted());
      } finally {
        await download.close();
      }
    },
  };
}
