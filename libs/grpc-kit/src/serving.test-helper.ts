// Real servers for tests, each at a free place, gone when its test has ended.
import { JobServiceService, JobState } from "@worldmodels/proto/job";
import type { Job } from "@worldmodels/proto/job";
import { EncoderServiceService } from "@worldmodels/proto/encoder";
import { EnvServiceService } from "@worldmodels/proto/env";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parseAddress } from "./address.js";
import { connect } from "./connect.js";
import type { ConnectOptions, Connection } from "./connect.js";
import { createClient } from "./create-client.js";
import type { Handlers } from "./service-handlers.js";
import { serve } from "./service-handlers.js";
import { startServer } from "./start-server.js";
import type { RunningServer, ServerOptions } from "./start-server.js";

export type EncoderHandlers = Handlers<typeof EncoderServiceService>;
export type EnvHandlers = Handlers<typeof EnvServiceService>;
export type JobHandlers = Handlers<typeof JobServiceService>;

export const TOKEN = "a-token-of-16-or-more";

/** A folder that goes with its test; short, since sockets' paths have to be. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "wm-"));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Writes the clients file of a folder, at once; `others` is its `default`. */
export function writeClients(
  folder: string,
  clients: Readonly<Record<string, object>>,
  others?: object,
): string {
  const path = join(folder, "clients.json");
  writeFileSync(`${path}.new`, JSON.stringify({ clients, default: others }));
  renameSync(`${path}.new`, path);
  return path;
}

const unexpected = () => {
  throw new Error("this test calls no such method");
};

export interface Given {
  readonly encoder?: Partial<EncoderHandlers>;
  readonly env?: Partial<EnvHandlers>;
  readonly jobs?: Partial<JobHandlers>;
}

/** Three services of the contracts: one of unary calls, one with a stream of responses, one with a stream both ways. */
export function servicesOf({ encoder = {}, env = {}, jobs = {} }: Given) {
  return [
    serve(EncoderServiceService, {
      encode: unexpected,
      decode: unexpected,
      getModel: unexpected,
      trainEncoder: unexpected,
      encodeEpisodes: unexpected,
      ...encoder,
    }),
    serve(EnvServiceService, { listEnvs: unexpected, interact: unexpected, ...env }),
    serve(JobServiceService, {
      getJob: unexpected,
      listJobs: unexpected,
      watchJob: unexpected,
      cancelJob: unexpected,
      ...jobs,
    }),
  ];
}

export interface Served {
  readonly server: RunningServer;
  readonly connection: Connection;
  readonly encoder: ReturnType<typeof createClient<typeof EncoderServiceService>>;
  readonly env: ReturnType<typeof createClient<typeof EnvServiceService>>;
  readonly jobs: ReturnType<typeof createClient<typeof JobServiceService>>;
  /** What was reported as a bug, in order. */
  readonly bugs: { readonly method: string; readonly error: unknown }[];
}

/** Starts a server at `listen` (a free port by default) and connects to it. */
export async function startServing(
  t: TestContext,
  given: Given,
  options: Partial<ServerOptions> & { readonly client?: ConnectOptions; readonly at?: string } = {},
): Promise<Served> {
  const { client, at = "127.0.0.1:0", ...rest } = options;
  const bugs: { method: string; error: unknown }[] = [];
  const server = await startServer({
    listen: parseAddress(at, "listen"),
    services: servicesOf(given),
    onBug: (method, error) => {
      bugs.push({ method, error });
    },
    ...rest,
  });
  t.after(() => server.stop({ graceMs: 0 }));
  return { server, bugs, ...connectTo(t, server.address, client) };
}

/** A client of its own. */
export function connectTo(t: TestContext, address: string, options: ConnectOptions = {}) {
  const connection = connect(address, options);
  t.after(() => {
    connection.close();
  });
  return {
    connection,
    encoder: createClient(EncoderServiceService, connection),
    env: createClient(EnvServiceService, connection),
    jobs: createClient(JobServiceService, connection),
  };
}

/** A job of which only the id matters. */
export function jobOf(id: string): Job {
  return {
    id,
    stage: "train-vae",
    settings: {},
    seed: 0n,
    inputs: {},
    state: JobState.JOB_STATE_RUNNING,
    progress: undefined,
    outputs: {},
    factsJson: "",
    error: undefined,
    attempts: 1,
    seconds: 0,
    startedUnixMs: 0n,
    updatedUnixMs: 0n,
  };
}

/** Resolves when the signal is aborted, with the reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else
      signal.addEventListener(
        "abort",
        () => {
          resolve(signal.reason);
        },
        { once: true },
      );
  });
}

/** A promise that is settled from outside: tests wait for what happened, not for time. */
export function later<T = void>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

/** Everything that comes, in order. */
export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
