import { checkSeeds } from "@worldmodels/env";
import type { ActionBounds, AutoresetMode, SettingValue, VectorEnv } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { connect } from "@worldmodels/grpc-kit";
import type { ClientTls, Connection, ConnectOptions } from "@worldmodels/grpc-kit";
import type { Open, Opened } from "@worldmodels/proto/env";
import { Exchange } from "./exchange.js";
import { actionBoundsToMessage, autoresetToMessage, faultPolicyToMessage, readAutoreset } from "./modes.js";
import type { FaultPolicy } from "./modes.js";
import { RemoteEnv } from "./remote-env.js";
import type { RemoteEnvFacts } from "./remote-env.js";
import { seedsToMessage } from "./seed-message.js";
import type { SeedsGiven } from "./seed-message.js";
import { readSpec } from "./spec-message.js";

export interface RemoteEnvOptions {
  /** As the service's ListEnvs has it, without settings: `CarRacing-v3`, `dream:RUN`. */
  readonly envId: string;
  /** By name; checked by the service. */
  readonly settings?: Readonly<Record<string, SettingValue>>;
  /** Default: 1. */
  readonly numEnvs?: number;
  /** Default: DISABLED. */
  readonly autoreset?: AutoresetMode;
  /** By name, or all that there are, for which the service is asked first; default: the environment's own choice. */
  readonly observations?: readonly string[] | "all";
  /** For the first reset of each slot; default: base 0. */
  readonly seeds?: SeedsGiven;
  /** Default: the environment's own choice. */
  readonly actionBounds?: ActionBounds;
  /** Default: HOLD, as every VectorEnv does. */
  readonly faultPolicy?: FaultPolicy;
  /** Only where the connection is made here. */
  readonly tls?: ClientTls | undefined;
  readonly token?: ConnectOptions["token"];
  /** Milliseconds for each request from when the server takes it up, opening included; default 60 s. */
  readonly timeoutMs?: number;
}

const ONE_MINUTE_MS = 60_000;
const LARGEST_COUNT = 2 ** 32 - 1;

/**
 * Opens an environment behind any EnvService. It keeps the rules of docs/vector-env.md with the same codes and sentences as one
 * in process, and takes several calls at once on top of them.
 *
 * @param target an address (`unix:/path`, `host:port`; the connection is then the environment's own) or a connection that stays open
 * @throws DomainError what the service refuses, or `unavailable` where nobody answers
 */
export async function openRemoteEnv(
  target: string | Connection,
  options: RemoteEnvOptions,
): Promise<VectorEnv> {
  const isOwn = typeof target === "string";
  const connection = isOwn ? connect(target, { tls: options.tls, token: options.token }) : target;
  const release = () => {
    if (isOwn) connection.close();
  };
  try {
    const observations =
      options.observations === "all" ? await askNames(connection, options) : options.observations;
    return await openSession(connection, { ...options, observations }, release);
  } catch (error) {
    release();
    throw error;
  }
}

type SessionOptions = Omit<RemoteEnvOptions, "observations"> & {
  readonly observations: readonly string[] | undefined;
};

/** What there is to see, only the spec of an open environment says: one slot is opened for that, and closed. */
async function askNames(
  connection: Connection,
  { envId, settings, timeoutMs }: RemoteEnvOptions,
): Promise<string[]> {
  const least = { envId, ...(settings && { settings }), ...(timeoutMs !== undefined && { timeoutMs }) };
  const probe = await openSession(connection, { ...least, observations: undefined }, () => undefined);
  await probe.close();
  return Object.keys(probe.spec.observations);
}

async function openSession(
  connection: Connection,
  options: SessionOptions,
  release: () => void,
): Promise<VectorEnv> {
  const open = openToMessage(options);
  const exchange = new Exchange(connection, options.timeoutMs ?? ONE_MINUTE_MS);
  try {
    const { facts, maxInFlight } = await exchange.ask({ $case: "open", value: open }, "opened", readOpened);
    exchange.allowInFlight(maxInFlight);
    return new RemoteEnv(exchange, facts, release);
  } catch (error) {
    await exchange.close();
    throw error;
  }
}

/** @throws DomainError `invalid-argument` for what the wire has no room for; the rest is the service's to check */
function openToMessage(options: SessionOptions): Open {
  const { envId, settings = {}, numEnvs = 1, autoreset = "DISABLED", observations, seeds } = options;
  if (!Number.isInteger(numEnvs) || numEnvs < 1 || numEnvs > LARGEST_COUNT) {
    throw new DomainError(
      "invalid-argument",
      `${envId}: numEnvs = ${numEnvs} is not a whole number from 1 to ${LARGEST_COUNT}`,
    );
  }
  if (seeds !== undefined) checkSeeds(envId, seeds, numEnvs);
  return {
    envId,
    numEnvs,
    settings: Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
    autoreset: autoresetToMessage(autoreset),
    observations: observations && { names: [...observations] },
    seeds: seedsToMessage(seeds),
    actionBounds: actionBoundsToMessage(options.actionBounds),
    faultPolicy: faultPolicyToMessage(options.faultPolicy),
  };
}

function readOpened(opened: Opened): { facts: RemoteEnvFacts; maxInFlight: number } {
  if (opened.spec === undefined) throw new Error("Opened has no spec");
  const facts = {
    spec: readSpec(opened.spec),
    numEnvs: opened.numEnvs,
    autoreset: readAutoreset(opened.autoreset),
    observationNames: opened.observations,
  };
  return { facts, maxInFlight: opened.maxInFlight };
}
