import { artifactName } from "@worldmodels/artifacts";
import type { ArtifactManifest, ArtifactRef } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { createServiceContact } from "@worldmodels/grpc-kit";
import type { Connection, ServiceClient } from "@worldmodels/grpc-kit";
import type { ArtifactServiceService, GetArtifactResponse } from "@worldmodels/proto/artifact";
import { fromManifestMessage } from "./manifest-message.js";
import { createStallWatch } from "./stall-watch.js";

/** One artifact on its way here; read once, the manifest first. */
export interface Download {
  /** @throws DomainError `data-loss` where it is another artifact's */
  manifest(): Promise<ArtifactManifest>;
  content(): AsyncGenerator<Uint8Array, void, void>;
  /** To be called whether or not all was read. */
  close(): Promise<void>;
}

export interface DownloadOptions {
  readonly client: ServiceClient<typeof ArtifactServiceService>;
  readonly connection: Connection;
  readonly ref: ArtifactRef;
  readonly signal: AbortSignal | undefined;
  readonly patienceMs: number;
  readonly stallMs: number;
  readonly onContact: ((sentence: string) => void) | undefined;
}

type Part = NonNullable<GetArtifactResponse["part"]>;

/** Begins to get an artifact. Where contact is lost it waits for the service and goes on from the last byte that came. */
export function openDownload(options: DownloadOptions): Download {
  const { ref } = options;
  const parts = partsOf(options);
  return {
    async manifest() {
      const { value, done } = await parts.next();
      if (done === true || value.$case !== "manifest")
        throw againstContract(options, "its first part is no manifest");
      const manifest = fromManifestMessage(value.value);
      if (manifest.kind === ref.kind && manifest.digest === ref.digest) return manifest;
      throw againstContract(
        options,
        `it sends ${artifactName(manifest)} where ${artifactName(ref)} was asked for`,
      );
    },
    async *content() {
      for await (const part of parts) {
        if (part.$case !== "content") throw againstContract(options, "it sends a second manifest");
        yield part.value;
      }
    },
    close: async () => {
      await parts.return();
    },
  };
}

/** The manifest, and the content without gaps or repeats, whatever happens on the way. */
async function* partsOf(options: DownloadOptions): AsyncGenerator<Part, void, void> {
  const { client, connection, ref, signal, patienceMs, stallMs, onContact } = options;
  const giveUp = (outage: string, cause: DomainError) =>
    new DomainError(
      "unavailable",
      `${artifactName(ref)} could not be fetched: ${outage}; start it again and repeat the command`,
      { cause },
    );
  const contact = createServiceContact({ connection, patienceMs, signal, onContact, giveUp });
  let hasManifest = false;
  let received = 0;
  for (;;) {
    const watch = createStallWatch(stallMs, artifactName(ref), signal);
    try {
      const request = { artifact: ref, offset: BigInt(received) };
      const answers = client.getArtifact(request, { signal: watch.signal })[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await watch.during(answers.next());
          if (next.done === true) return;
          const { part } = next.value;
          if (part === undefined) continue;
          contact.found();
          contact.moved();
          if (part.$case === "manifest" && hasManifest) continue;
          if (part.$case === "manifest") hasManifest = true;
          else received += part.value.length;
          yield part;
        }
      } finally {
        await answers.return?.(undefined);
      }
    } catch (error) {
      await contact.lost(error);
    }
  }
}

function againstContract({ connection }: DownloadOptions, why: string): DomainError {
  return new DomainError(
    "failed-precondition",
    `the service at ${connection.address} breaks the contract of ArtifactService: ${why}; use a service and a client of one version`,
  );
}
