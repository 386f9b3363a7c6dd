import { nearestWord } from "@worldmodels/config";
import type { EnvUri } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { carRacingKinds } from "./car-racing-kinds.js";
import { dreamKind } from "./dream-kind.js";
import type { EnvKind } from "./env-kind.js";
import { gymnasiumKind } from "./gymnasium-kind.js";
import { vizdoomKindOf, vizdoomKinds, vizdoomScenarios } from "./vizdoom-kinds.js";

/** All that this process can make itself. */
export const KINDS: readonly EnvKind[] = [...carRacingKinds, dreamKind, ...vizdoomKinds, gymnasiumKind];

/**
 * The kind that makes what a URI names.
 *
 * @throws DomainError `not-found` for an id that no kind has
 */
export function findKind(uri: string, { scheme, id }: EnvUri): EnvKind {
  switch (scheme) {
    case "grpc":
    case "grpc+unix":
      throw new Error(`${uri} is behind a service, and no kind of this process`);
    case "gymnasium":
      return gymnasiumKind;
    case "vizdoom": {
      const kind = vizdoomKindOf(id);
      if (kind) return kind;
      const nearest = nearestWord(id, vizdoomScenarios);
      throw new DomainError(
        "not-found",
        `ViZDoom has no scenario "${id}"${nearest ? ` (did you mean vizdoom:${nearest}?)` : ""}; there are ` +
          vizdoomScenarios.join(", "),
      );
    }
    case "dream":
      return dreamKind;
    case "native": {
      const kind = KINDS.find((each) => each.scheme === "native" && each.id === id);
      if (kind) return kind;
      const nearest = id === "dream" ? dreamKind.id : nearestWord(id, nativeIds());
      throw new DomainError(
        "not-found",
        `there is no environment "${id}"${nearest ? ` (did you mean ${nearest}?)` : ""}; there are ${known()}`,
      );
    }
  }
}

function nativeIds(): string[] {
  return KINDS.filter(({ scheme }) => scheme === "native").map(({ id }) => id);
}

function known(): string {
  return KINDS.map(({ id }) => id).join(", ");
}
