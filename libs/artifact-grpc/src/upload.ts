import { artifactName, contentBytes, readContent } from "@worldmodels/artifacts";
import type { Artifact, TransferOptions } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import type { ServiceClient } from "@worldmodels/grpc-kit";
import { PutState } from "@worldmodels/proto/artifact";
import type { ArtifactServiceService, PutArtifactResponse } from "@worldmodels/proto/artifact";
import { toManifestMessage } from "./manifest-message.js";
import { createStallWatch } from "./stall-watch.js";

type Answer = IteratorResult<PutArtifactResponse, unknown>;

/**
 * Puts one artifact into the store behind a service, no faster than that takes it.
 *
 * @throws DomainError as PutArtifact refuses it; `data-loss` where its files have changed here meanwhile
 */
export async function upload(
  client: ServiceClient<typeof ArtifactServiceService>,
  artifact: Artifact,
  { signal, stallMs, onBytes }: TransferOptions & { readonly stallMs: number },
): Promise<void> {
  const watch = createStallWatch(stallMs, artifactName(artifact), signal);
  const call = client.putArtifact({ signal: watch.signal });
  const answers = call.responses[Symbol.asyncIterator]();
  try {
    await call.send({ part: { $case: "manifest", value: toManifestMessage(artifact) } });
    const first = await watch.during(answers.next());
    if (stateOf(first) === PutState.PUT_STATE_WANTED) {
      // A word in mid-content is a refusal: there is no point in sending on.
      const over = new AbortController();
      const last = answers.next().finally(() => {
        over.abort();
      });
      last.catch(() => undefined);
      const total = contentBytes(artifact);
      let done = 0;
      for await (const value of readContent(artifact)) {
        await watch.during(call.send({ part: { $case: "content", value } }));
        if (over.signal.aborted) break;
        done += value.length;
        onBytes?.(done, total);
      }
      call.end();
      assertStored(await watch.during(last), artifact);
    } else {
      assertStored(first, artifact);
      call.end();
    }
    await watch.during(answers.next());
  } finally {
    call.cancel();
  }
}

function assertStored(answer: Answer, artifact: Artifact): void {
  if (stateOf(answer) === PutState.PUT_STATE_STORED) return;
  throw new DomainError(
    "failed-precondition",
    `the service breaks the contract of ArtifactService: PutArtifact ended without storing ${artifactName(artifact)}; ` +
      "use a service and a client of one version",
  );
}

function stateOf({ value, done }: Answer): PutState {
  return done === true ? PutState.PUT_STATE_UNSPECIFIED : value.state;
}
