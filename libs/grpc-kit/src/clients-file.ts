import { isPlainObject, readText } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { createHash, randomBytes } from "node:crypto";

/** What an identity may ask of one process of a service; what is left out has no limit. */
export interface ClientLimits {
  /** Calls begun in a second, streams included; a second's worth may come at once. */
  readonly callsPerSecond?: number;
  /** Calls of one answer that are being answered. */
  readonly callsAtOnce?: number;
  /** Streams that are open. */
  readonly streamsAtOnce?: number;
  /** Jobs that wait or run. */
  readonly jobsAtOnce?: number;
}

/** One entry of a clients file. */
export interface KnownClient {
  readonly identity: string;
  /** SHA-256 of its token; undefined where it is known by its certificate alone. */
  readonly tokenDigest: Buffer | undefined;
  /** Nothing is answered, whatever it shows. */
  readonly refused: boolean;
  readonly limits: ClientLimits;
}

/** Who may call a service. */
export interface ClientsFile {
  readonly clients: ReadonlyMap<string, KnownClient>;
  /** Limits of those whose certificate the authority has signed and whose name is not listed; undefined refuses them. */
  readonly others: ClientLimits | undefined;
}

const LIMITS = {
  calls_per_second: "callsPerSecond",
  calls_at_once: "callsAtOnce",
  streams_at_once: "streamsAtOnce",
  jobs_at_once: "jobsAtOnce",
} as const satisfies Readonly<Record<string, keyof ClientLimits>>;

const MOST = 1_000_000;
const FORM = `write {"clients": {"alice": {"token_sha256": "…", "calls_per_second": 200}}, "default": {}}, as worldmodels clients does`;

/** @throws DomainError as `parseClients`, and `not-found` */
export function readClients(path: string): ClientsFile {
  const text = readText(path);
  try {
    return parseClients(JSON.parse(text), path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new DomainError(
      "invalid-argument",
      `the clients file ${path} is not JSON (${error.message}); ${FORM}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * @param value the file's JSON: `clients` by identity, and `default`
 * @param path names the file in sentences
 * @throws DomainError `invalid-argument` naming what is wrong, and where
 */
export function parseClients(value: unknown, path: string): ClientsFile {
  const fail = (why: string) =>
    new DomainError("invalid-argument", `the clients file ${path}: ${why}; ${FORM}`);
  if (!isPlainObject(value)) throw fail("it is no JSON object");
  const { clients = {}, default: others, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw fail(`there is no "${unknown}" in a clients file`);
  if (!isPlainObject(clients)) throw fail("its clients are no JSON object");
  const known = Object.entries(clients).map(([identity, entry]) => parseClient(identity, entry, fail));
  const digests = known.flatMap(({ tokenDigest }) => tokenDigest?.toString("hex") ?? []);
  const twice = digests.find((digest, i) => digests.indexOf(digest) !== i);
  if (twice !== undefined) throw fail(`two clients have the same token_sha256 ${twice}`);
  return {
    clients: new Map(known.map((client) => [client.identity, client])),
    others: others === undefined ? undefined : parseLimits("default", others, fail),
  };
}

/** A token that nobody can guess: 256 random bits. */
export function newToken(): string {
  return `wm_${randomBytes(32).toString("base64url")}`;
}

/** What a clients file keeps of a token, 64 hex digits. Tokens are too random to be found from it. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

type Fail = (why: string) => DomainError;

function parseClient(identity: string, entry: unknown, fail: Fail): KnownClient {
  if (!/^[\x21-\x7e]{1,64}$/.test(identity)) {
    throw fail(`"${identity}" is no identity: 1 to 64 visible ASCII characters without spaces`);
  }
  if (!isPlainObject(entry)) throw fail(`the entry of ${identity} is no JSON object`);
  const { token_sha256: digest, refused = false, ...limits } = entry;
  if (digest !== undefined && !(typeof digest === "string" && /^[0-9a-f]{64}$/.test(digest))) {
    throw fail(`token_sha256 of ${identity} is not 64 hex digits in lower case`);
  }
  if (typeof refused !== "boolean") throw fail(`refused of ${identity} is neither true nor false`);
  return {
    identity,
    tokenDigest: digest === undefined ? undefined : Buffer.from(digest, "hex"),
    refused,
    limits: parseLimits(identity, limits, fail),
  };
}

function parseLimits(whose: string, value: unknown, fail: Fail): ClientLimits {
  if (!isPlainObject(value)) throw fail(`the limits of ${whose} are no JSON object`);
  const limits = Object.entries(value).map(([name, limit]) => {
    if (!Object.hasOwn(LIMITS, name)) {
      throw fail(`there is no "${name}" for ${whose} (there are ${Object.keys(LIMITS).join(", ")})`);
    }
    if (!Number.isSafeInteger(limit) || Number(limit) < 1 || Number(limit) > MOST) {
      throw fail(`${name} of ${whose} = ${JSON.stringify(limit)} is no whole number from 1 to ${MOST}`);
    }
    return [LIMITS[name as keyof typeof LIMITS], limit];
  });
  return Object.fromEntries(limits) as ClientLimits;
}
