import { resolveSettings } from "@worldmodels/config";
import type { SettingsSchema } from "@worldmodels/config";
import { createVectorEnv, parseEnvUri } from "@worldmodels/env";
import type { ActionBounds, AutoresetMode, EnvUri, VectorEnv } from "@worldmodels/env";
import type { EngineRequest, EnvKind } from "./env-kind.js";
import { envPlaces } from "./env-places.js";
import type { PlaceVariables } from "./env-places.js";
import { findKind, KINDS } from "./find-kind.js";
import { openPlaced } from "./open-placed.js";
import { openRemote, remoteAddress } from "./remote-kinds.js";

export interface OpenEnvOptions {
  /** Default: 1. */
  readonly numEnvs?: number;
  /** Default: DISABLED. */
  readonly autoreset?: AutoresetMode;
  /** By name, or all that there are; default: the environment's own choice. */
  readonly observations?: readonly string[] | "all";
  /** For the first reset of each slot; default: base 0. */
  readonly seeds?: bigint | readonly (bigint | undefined)[];
  /** Default: CarRacing takes finite actions out of bounds, as Gymnasium's does; a dream refuses them; a service decides. */
  readonly actionBounds?: ActionBounds;
  /** Python children that share the slots (vizdoom:, gymnasium:); default: one per core, and never more than slots. */
  readonly processes?: number;
}

/** An environment that `openEnv` can make, for help pages. */
export interface EnvDescription {
  /** As it is written in a URI, e.g. `CarRacing-v3` or `dream:RUN`. */
  readonly id: string;
  readonly doc: string;
  /** What the URI's query may set. */
  readonly settings: SettingsSchema;
}

/** Every kind of environment that this process can make itself, with its settings; services list their own. */
export function describeEnvs(): EnvDescription[] {
  return KINDS.map(({ id, doc, settings }) => ({ id, doc, settings }));
}

/**
 * Opens the environment that a URI names, e.g. `CarRacing-v3?max_episode_steps=3000`, `dream:runs/desk?temperature=1.15`
 * or `grpc://host:50051/CarRacing-v3`. The caller closes it. What WORLDMODELS_ENVIRONMENTS places at a service is opened
 * there (`readEnvPlaces`), and is the same in all but where it runs. How services are reached by TLS and with which token, the
 * variables WORLDMODELS_TLS_CA, WORLDMODELS_TLS_CERT, WORLDMODELS_TLS_KEY and WORLDMODELS_TOKEN_FILE say.
 *
 * @param variables default: those of this process
 * @throws DomainError `invalid-argument` for a URI, a setting or an option that is wrong, `not-found` for an unknown
 *   id or run, `unavailable` for a service that does not answer, `failed-precondition` where Python or its packages are
 *   missing
 */
export async function openEnv(
  uri: string,
  options: OpenEnvOptions = {},
  variables: PlaceVariables = process.env,
): Promise<VectorEnv> {
  const parsed = parseEnvUri(uri);
  const place = envPlaces(variables).placeOf(parsed);
  if (place === undefined) return openOwnEnv(uri, options, variables);
  // Refused here already, with the sentences that this process has for it.
  resolveLocal(uri, parsed);
  return openPlaced(parsed, place, options, variables);
}

/** As `openEnv`, but where WORLDMODELS_ENVIRONMENTS counts for nothing: for those who serve environments themselves. */
export async function openOwnEnv(
  uri: string,
  options: OpenEnvOptions = {},
  variables: PlaceVariables = process.env,
): Promise<VectorEnv> {
  const parsed = parseEnvUri(uri);
  if (isRemote(parsed)) return openRemote(uri, parsed, options, variables);
  const { kind, id, settings } = resolveLocal(uri, parsed);
  const { numEnvs = 1, observations, processes, ...rest } = options;
  const engine = await kind.createEngine({ id, settings, numEnvs, processes });
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
 * a dream's run is there is not looked at; what a service has and takes, the service says when it is asked.
 *
 * @param variables default: those of this process
 * @throws DomainError as `openEnv` does
 */
export function checkEnvUri(uri: string, variables: PlaceVariables = process.env): void {
  envPlaces(variables);
  const parsed = parseEnvUri(uri);
  if (isRemote(parsed)) remoteAddress(uri, parsed);
  else resolveLocal(uri, parsed);
}

/** Whether a URI without a service is opened at one, as WORLDMODELS_ENVIRONMENTS says. */
export function isPlacedEnv(uri: string, variables: PlaceVariables = process.env): boolean {
  return envPlaces(variables).placeOf(parseEnvUri(uri)) !== undefined;
}

function isRemote({ scheme }: EnvUri): boolean {
  return scheme === "grpc" || scheme === "grpc+unix";
}

function resolveLocal(
  uri: string,
  parsed: EnvUri,
): { kind: EnvKind } & Pick<EngineRequest, "id" | "settings"> {
  const kind = findKind(uri, parsed);
  const own = Object.entries(parsed.settings).filter(([name]) => Object.hasOwn(kind.settings, name));
  const others = Object.entries(parsed.settings).filter(([name]) => !Object.hasOwn(kind.settings, name));
  const given = kind.takesOtherSettings ? Object.fromEntries(own) : parsed.settings;
  const resolved = resolveSettings(kind.settings, given, uri);
  const settings = kind.takesOtherSettings ? { ...Object.fromEntries(others), ...resolved } : resolved;
  return { kind, id: parsed.id, settings };
}
