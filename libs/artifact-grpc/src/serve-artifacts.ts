import { artifactName, checkManifest, contentBytes, hasArtifact, readContent } from "@worldmodels/artifacts";
import type { Artifact, ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { serve } from "@worldmodels/grpc-kit";
import type { ServedService } from "@worldmodels/grpc-kit";
import { ArtifactServiceService, PutState } from "@worldmodels/proto/artifact";
import type {
  GetArtifactRequest,
  GetArtifactResponse,
  PutArtifactRequest,
  PutArtifactResponse,
} from "@worldmodels/proto/artifact";
import { fromManifestMessage, readRef, toManifestMessage } from "./manifest-message.js";

const MOST_REFS = 1000;

/** ArtifactService over a store: one part of each artifact that is on its way is in memory. */
export function serveArtifacts(store: ArtifactStore): ServedService {
  return serve(ArtifactServiceService, {
    hasArtifacts: async ({ artifacts }) => {
      if (artifacts.length > MOST_REFS) {
        throw wrong(
          `artifacts has ${artifacts.length} references, and a call takes at most ${MOST_REFS}; ask in parts`,
        );
      }
      const refs = artifacts.map((ref, i) => readRef(ref, `artifacts[${i}]`));
      const present: ArtifactRef[] = [];
      for (const ref of refs) if (await hasArtifact(store, ref)) present.push(ref);
      return { present };
    },
    getArtifact: (request) => get(store, request),
    putArtifact: (requests) => put(store, requests),
  });
}

async function* get(
  store: ArtifactStore,
  request: GetArtifactRequest,
): AsyncGenerator<GetArtifactResponse, void, void> {
  const ref = readRef(request.artifact, "artifact");
  const artifact = await openStored(store, ref);
  const total = contentBytes(artifact);
  if (request.offset > BigInt(total)) {
    throw new DomainError(
      "out-of-range",
      `offset = ${request.offset} is beyond the ${total} bytes of ${artifactName(ref)}; begin at 0`,
    );
  }
  yield { part: { $case: "manifest", value: toManifestMessage(artifact) } };
  for await (const value of readContent(artifact, { offset: Number(request.offset) })) {
    yield { part: { $case: "content", value } };
  }
}

async function* put(
  store: ArtifactStore,
  requests: AsyncIterable<PutArtifactRequest>,
): AsyncGenerator<PutArtifactResponse, void, void> {
  const parts = requests[Symbol.asyncIterator]();
  const first = await parts.next();
  const part = first.done === true ? undefined : first.value.part;
  if (part?.$case !== "manifest")
    throw wrong("the first request has no manifest; send it before the content");
  const manifest = fromManifestMessage(part.value);
  checkManifest(manifest);
  if (!(await hasArtifact(store, manifest))) {
    yield { state: PutState.PUT_STATE_WANTED };
    await store.receive(manifest, contentOf(parts));
  }
  yield { state: PutState.PUT_STATE_STORED };
}

async function* contentOf(
  parts: AsyncIterator<PutArtifactRequest, unknown>,
): AsyncGenerator<Uint8Array, void, void> {
  for (;;) {
    const next = await parts.next();
    if (next.done === true) return;
    const { part } = next.value;
    if (part?.$case !== "content")
      throw wrong("a request after the first has no content; send the manifest once");
    yield part.value;
  }
}

/** Clients are told what is missing, not where this service would have it. */
async function openStored(store: ArtifactStore, ref: ArtifactRef): Promise<Artifact> {
  try {
    return await store.open(ref);
  } catch (cause) {
    if (!isDomainError(cause, "not-found")) throw cause;
    const sentence = `there is no artifact ${artifactName(ref)} in this service's store; put it there, or make it there`;
    throw new DomainError("not-found", sentence, { cause });
  }
}

function wrong(sentence: string): DomainError {
  return new DomainError("invalid-argument", sentence);
}
