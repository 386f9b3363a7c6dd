import { parseEnvUri } from "@worldmodels/env";
import type { EnvUri } from "@worldmodels/env";
import { DomainError, isDomainError } from "@worldmodels/errors";
import type { ClientVariables } from "@worldmodels/grpc-kit";
import { findKind } from "./find-kind.js";
import { remoteAddress } from "./remote-kinds.js";

/** What of a process's environment says where environments are opened, and how services are reached; empty counts as not set. */
export interface PlaceVariables extends ClientVariables {
  /** E.g. `vizdoom=grpc://vizdoom-env:50056,CarRacing-v3=grpc+unix:///run/cars`. */
  readonly WORLDMODELS_ENVIRONMENTS?: string | undefined;
}

/** The service that an environment is opened at: a URI's beginning, `grpc://host:port` or `grpc+unix:///path`. */
export type EnvPlace = Required<Pick<EnvUri, "scheme" | "authority">>;

/** Which environments a process opens at services though their URIs name none. */
export interface EnvPlaces {
  /** By name, as they were given. */
  readonly entries: Readonly<Record<string, string>>;
  /** undefined for what this process makes itself, and for URIs that name a service. */
  placeOf(uri: EnvUri): EnvPlace | undefined;
}

const VARIABLE = "WORLDMODELS_ENVIRONMENTS";
const FORM = "write it like vizdoom=grpc://vizdoom-env:50056,CarRacing-v3=grpc://car-racing-env:50051";

/**
 * Reads WORLDMODELS_ENVIRONMENTS: environments' names with the service of each, separated by commas. A name is a prefix
 * (`vizdoom`, `gymnasium`) or a whole id (`vizdoom:TakeCover`, `CarRacing-v3`), which goes before its prefix.
 *
 * @throws DomainError `invalid-argument` for a name that no environment has, or an address that is none
 */
export function readEnvPlaces({ [VARIABLE]: text = "" }: PlaceVariables = process.env): EnvPlaces {
  const places = new Map<string, EnvPlace>();
  const entries: Record<string, string> = {};
  for (const entry of text === "" ? [] : text.split(",")) {
    const fail = (why: string) =>
      new DomainError("invalid-argument", `${VARIABLE}: "${entry}" ${why}; ${FORM}`);
    const [, name, address] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(entry) ?? [];
    if (name === undefined || address === undefined) throw fail("is not name=address");
    if (places.has(name)) throw fail(`gives a second address to ${name}`);
    places.set(name, readPlace(address, nameInUri(name, fail), fail));
    entries[name] = address;
  }
  return {
    entries,
    placeOf: ({ scheme, id }) => {
      if (scheme === "grpc" || scheme === "grpc+unix") return undefined;
      return scheme === "native" ? places.get(id) : (places.get(`${scheme}:${id}`) ?? places.get(scheme));
    },
  };
}

/** The variable as it was read last: environments are opened often, and it hardly ever changes. */
let last: { readonly text: string | undefined; readonly places: EnvPlaces } | undefined;

/** As `readEnvPlaces`, which it asks once for each value. */
export function envPlaces(variables: PlaceVariables): EnvPlaces {
  const text = variables[VARIABLE];
  if (last === undefined || last.text !== text) last = { text, places: readEnvPlaces(variables) };
  return last.places;
}

type Fail = (why: string) => DomainError;

/** @returns a local name that may stand behind an address in a URI */
function nameInUri(name: string, fail: Fail): string {
  if (name === "vizdoom" || name === "gymnasium") return `${name}:X`;
  if (/^dream(:|$)/.test(name)) {
    throw fail(
      "places a dream, which is named by a folder of the process that opens it: give grpc://host:port/dream:RUN as the environment instead",
    );
  }
  if (name.includes("://")) throw fail("names a service as the environment");
  if (name.includes("?")) throw fail("names settings, which belong to the environment that is asked for");
  try {
    findKind(name, parseEnvUri(name));
    return name;
  } catch (error) {
    if (isDomainError(error)) throw fail(`names no environment (${error.message})`);
    throw error;
  }
}

function readPlace(address: string, name: string, fail: Fail): EnvPlace {
  if (!/^(grpc:\/\/[^/?]+:\d+|grpc\+unix:\/\/\/[^?]*[^/?])$/.test(address)) {
    throw fail(
      `has "${address}" for an address, which is neither grpc://host:port nor grpc+unix:///path/socket`,
    );
  }
  try {
    const uri = parseEnvUri(`${address}/${name}`);
    remoteAddress(address, uri);
    return { scheme: uri.scheme, authority: uri.authority ?? "" };
  } catch (error) {
    if (isDomainError(error)) throw fail(`has an address that cannot be one (${error.message})`);
    throw error;
  }
}
