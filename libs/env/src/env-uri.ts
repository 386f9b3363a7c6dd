import { nearestWord } from "@worldmodels/config";
import { DomainError } from "@worldmodels/errors";

/** Who brings the environment. `native`: a simulator of ours in this process, named without a prefix. */
export type EnvScheme = "native" | "dream" | "gymnasium" | "vizdoom" | "grpc" | "grpc+unix";

/** An environment's name, taken apart. */
export interface EnvUri {
  readonly scheme: EnvScheme;
  /** `grpc`: host:port. `grpc+unix`: the socket's path. Absent for the others. */
  readonly authority?: string;
  /**
   * What is asked for there: an environment's id, a dream's run, or, behind a service, its name there without
   * settings (`CarRacing-v3`, `dream:RUN`).
   */
  readonly id: string;
  /** The query: names to values as text; `resolveSettings` gives them types. */
  readonly settings: Readonly<Record<string, string>>;
}

const PREFIXED = ["dream", "gymnasium", "vizdoom"] as const;
const REMOTE = ["grpc", "grpc+unix"] as const;

/**
 * Takes an environment's URI apart.
 *
 * ```text
 * uri      = name [ "?" key "=" value *( "&" key "=" value ) ]
 * name     = local | "grpc://" host [":" port] "/" local | "grpc+unix://" socket-path "/" local
 * local    = id | "dream:" run | "gymnasium:" id | "vizdoom:" id
 * ```
 * Ids, runs, keys and values may hold percent-encoded characters (`%3F` for a question mark in a folder's name).
 *
 * @throws DomainError `invalid-argument` with what is wrong and the forms that there are
 */
export function parseEnvUri(uri: string): EnvUri {
  const fail = (why: string): DomainError =>
    new DomainError(
      "invalid-argument",
      `environment "${uri}": ${why}; write it like CarRacing-v3?max_episode_steps=3000`,
    );
  const question = uri.indexOf("?");
  const name = question < 0 ? uri : uri.slice(0, question);
  const settings = question < 0 ? {} : parseQuery(uri.slice(question + 1), fail);

  const remote = /^([a-z+]+):\/\/(.*)$/s.exec(name);
  if (remote) {
    const scheme = REMOTE.find((each) => each === remote[1]);
    if (!scheme)
      throw fail(`"${remote[1]}://" is not a way to reach a service; there are grpc:// and grpc+unix://`);
    // A socket's path has slashes itself, and so may a dream's run: the name starts at a prefix, or after the last slash.
    const form =
      scheme === "grpc" ? /^([^/]+)\/(.+)$/s : /^(\/.+?)\/((?:dream|gymnasium|vizdoom):.+|[^/]+)$/s;
    const parts = form.exec(remote[2] ?? "");
    if (!parts) {
      const wanted =
        scheme === "grpc" ? "grpc://host:port/CarRacing-v3" : "grpc+unix:///path/socket/CarRacing-v3";
      throw fail(`it names no service and environment, as in ${wanted}`);
    }
    const local = parseLocal(parts[2] ?? "", fail);
    const id = local.scheme === "native" ? local.id : `${local.scheme}:${local.id}`;
    return { scheme, authority: decode(parts[1] ?? "", fail), id, settings };
  }
  return { ...parseLocal(name, fail), settings };
}

/** The URI of these parts, settings in order of their names: equal environments have equal URIs. */
export function formatEnvUri(uri: EnvUri): string {
  const { scheme, authority = "", id } = uri;
  const name = id.replace(/[%?]/g, encodeURIComponent);
  const head =
    scheme === "native"
      ? name
      : scheme === "grpc" || scheme === "grpc+unix"
        ? `${scheme}://${authority.replace(/[%?]/g, encodeURIComponent)}/${name}`
        : `${scheme}:${name}`;
  const query = Object.entries(uri.settings)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  return query.length === 0 ? head : `${head}?${query.join("&")}`;
}

type Fail = (why: string) => DomainError;

function parseLocal(text: string, fail: Fail): { scheme: EnvScheme; id: string } {
  const colon = text.indexOf(":");
  const prefix = text.slice(0, Math.max(colon, 0));
  const scheme = colon < 0 ? "native" : PREFIXED.find((each) => each === prefix);
  if (!scheme) {
    const nearest = nearestWord(prefix, PREFIXED);
    const hint = nearest
      ? `did you mean ${nearest}:?`
      : `there are ${PREFIXED.map((p) => `${p}:`).join(", ")}`;
    throw fail(`there is no prefix "${prefix}:" (${hint})`);
  }
  const id = decode(text.slice(colon + 1), fail);
  if (id === "") throw fail("it names no environment");
  if (scheme === "native" && id.includes("/"))
    throw fail(`"${id}" has a slash, but no service or dream before it`);
  return { scheme, id };
}

function parseQuery(query: string, fail: Fail): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    if (equals < 1) throw fail(`setting "${part}" is not key=value`);
    const key = decode(part.slice(0, equals), fail);
    if (Object.hasOwn(settings, key)) throw fail(`setting "${key}" is given twice`);
    settings[key] = decode(part.slice(equals + 1), fail);
  }
  return settings;
}

function decode(text: string, fail: Fail): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw fail(`"${text}" has a % that does not begin a character's code; write %25 for the sign itself`);
  }
}
