import { formatEnvUri, parseEnvUri } from "@worldmodels/env";
import type { VectorEnv } from "@worldmodels/env";
import type { OpenRequest } from "@worldmodels/env-grpc";
import { openEnv } from "@worldmodels/environments";
import { DomainError } from "@worldmodels/errors";
import { findDreamFolder } from "./find-dream-folder.js";
import type { DreamPlaces } from "./find-dream-folder.js";

/**
 * Opens a dream that a client asks for by the name of its run.
 *
 * @throws DomainError `not-found` for an environment that is no dream, or a run that there is not; `invalid-argument` for a
 *   run outside of this service's folders or a setting that is wrong; `failed-precondition` for models without the heads
 *   that a dream needs
 */
export async function openDream(places: DreamPlaces, request: OpenRequest): Promise<VectorEnv> {
  const { envId, settings, ...options } = request;
  const { scheme, id: run } = parseEnvUri(envId);
  if (scheme !== "dream") {
    throw new DomainError(
      "not-found",
      `there is no environment "${envId}" here: the predictor serves dreams, as dream:RUN`,
    );
  }
  const id = await findDreamFolder(places, run);
  const env = await openEnv(formatEnvUri({ scheme, id, settings }), options);
  return withId(env, envId);
}

/** Clients know a dream by the name that they asked for, not by a path of this machine. */
function withId(env: VectorEnv, id: string): VectorEnv {
  const { numEnvs, autoreset, observationNames } = env;
  return {
    spec: { ...env.spec, id },
    numEnvs,
    autoreset,
    observationNames,
    reset: (options) => env.reset(options),
    step: (actions, options) => env.step(actions, options),
    render: (slot, size) => env.render(slot, size),
    snapshot: (slots) => env.snapshot(slots),
    restore: (entries) => env.restore(entries),
    copy: (from, to) => env.copy(from, to),
    close: () => env.close(),
  };
}
