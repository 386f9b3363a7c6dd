import { nearestWord, resolveSettings } from "@worldmodels/config";
import type { SettingsSchema } from "@worldmodels/config";
import { createVectorEnv, parseEnvUri } from "@worldmodels/env";
import type { ActionBounds, AutoresetMode, EnvUri, VectorEnv } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { carRacingKinds } from "./car-racing-kinds.js";
import { dreamKind } from "./dream-kind.js";
import type { EngineRequest, EnvKind } from "./env-kind.js";

export interface OpenEnvOptions {
  /** Default: 1. */
  readonly numEnvs?: number;
  /** Default: DISABLED. */
  readonly autoreset?: AutoresetMode;
  /** By name, or all that there are; default: the environment's own choice. */
  readonly observations?: readonly string[] | "all";
  /** For the first reset of each slot; default: base 0. */
  readonly seeds?: bigint | readonly (bigint | undefined)[];
  /** Default: CarRacing takes finite actions out of bounds, as Gymnasium's does; a dream refuses them. */
  readonly actionBounds?: ActionBounds;
}

/** An environment that `openEnv` can make, for help pages. */
export interface EnvDescription {
  /** As it is written in a URI, e.g. `CarRacing-v3` or `dream:RUN`. */
  readonly id: string;
  readonly doc: string;
  /** What the URI's query may set. */
  readonly settings: SettingsSchema;
}

const KINDS: readonly EnvKind[] = [...carRacingKinds, dreamKind];

/** Every kind of environment that this version makes, with its settings. */
export function describeEnvs(): EnvDescription[] {
  return KINDS.map(({ id, doc, settings }) => ({ id, doc, settings }));
}

/**
 * Opens the environment that a URI names, e.g. `CarRacing-v3?max_episode_steps=3000` or
 * `dream:runs/desk?temperature=1.15`. The caller closes it.
 *
 * @throws DomainError `invalid-argument` for a URI, a setting or an option that is wrong, `not-found` for an unknown
 *   id or run, `unimplemented` for kinds that come with a later version
 */
export async function openEnv(uri: string, options: OpenEnvOptions = {}): Promise<VectorEnv> {
  const { kind, id, settings } = resolveUri(uri);
  const { numEnvs = 1, observations, ...rest } = options;
  const engine = await kind.createEngine({ id, settings, numEnvs });
  try {
    const names = observations === "all" ? Object.keys(engine.spec.observations) : observations;
    return createVectorEnv(engine, {
      actionBounds: kind.actionBounds,
      ...rest,
      ...(names && { observations: names }),
    });
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/**
 * Checks a URI's form, id and settings without opening anything, so that a long run fails at its beginning. Whether
 * a dream's run is there is not looked at.
 *
 * @throws DomainError as `openEnv` does
 */
export function checkEnvUri(uri: string): void {
  resolveUri(uri);
}

function resolveUri(uri: string): { kind: EnvKind } & Pick<EngineRequest, "id" | "settings"> {
  const parsed = parseEnvUri(uri);
  const kind = findKind(uri, parsed);
  return { kind, id: parsed.id, settings: resolveSettings(kind.settings, parsed.settings, uri) };
}

function findKind(uri: string, { scheme, id }: EnvUri): EnvKind {
  const later = (what: string): DomainError =>
    new DomainError(
      "unimplemented",
      `environment "${uri}": ${what} come with a later version; there are ${known()}`,
    );
  switch (scheme) {
    case "grpc":
    case "grpc+unix":
      throw later("environments behind a service");
    case "gymnasium":
    case "vizdoom":
      throw later("environments in a Python child");
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
