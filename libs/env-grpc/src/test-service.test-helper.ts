import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createCountingEngine, createVectorEnv } from "@worldmodels/env";
import type { CountingEngineOptions, VectorEnv } from "@worldmodels/env";
import { resolveSettings } from "@worldmodels/config";
import type { SettingsSchema } from "@worldmodels/config";
import { DomainError } from "@worldmodels/errors";
import { parseAddress, startServer } from "@worldmodels/grpc-kit";
import { serveEnvs } from "./serve-envs.js";
import type { EnvServiceOptions } from "./serve-envs.js";

export const countingSettings = {
  max_episode_steps: { type: "integer", default: 0, minimum: 0, doc: "0 for no limit" },
} as const satisfies SettingsSchema;

export type ServiceOverrides = Partial<Omit<EnvServiceOptions, "limits">> & {
  readonly limits?: Partial<EnvServiceOptions["limits"]>;
  readonly engine?: Partial<CountingEngineOptions>;
  /** Wraps each environment that opens. */
  readonly wrap?: (env: VectorEnv) => VectorEnv;
};

/** The counting environment behind a service on a unix socket of its own. */
export async function startCountingService(overrides: ServiceOverrides = {}) {
  const folder = mkdtempSync(join(tmpdir(), "wm-env-"));
  const bugs: unknown[] = [];
  const { engine = {}, wrap = (env) => env } = overrides;
  const service = serveEnvs({
    envs: () => [{ id: "Counting-v1", summary: "Counts", settings: countingSettings }],
    open: async ({ envId, numEnvs, settings, ...options }) => {
      if (envId !== "Counting-v1") throw new DomainError("not-found", `there is no environment "${envId}"`);
      const { max_episode_steps } = resolveSettings(countingSettings, settings, envId);
      const limit = max_episode_steps === 0 ? null : max_episode_steps;
      const made = createCountingEngine({ numEnvs, episodeLength: 1e6, maxEpisodeSteps: limit, ...engine });
      return wrap(createVectorEnv(made, options));
    },
    onBug: (error) => bugs.push(error),
    ...overrides,
    limits: { maxSlots: 64, maxSessions: 8, ...overrides.limits },
  });
  const listen = parseAddress(`unix:${folder}/s`, "listen");
  const server = await startServer({
    listen,
    services: [service],
    onBug: (_, error) => bugs.push(error),
  });
  return {
    address: server.address,
    bugs,
    service,
    server,
    async stop() {
      await server.stop({ graceMs: 2000 });
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The same, until the test ends. */
export async function countingService(t: TestContext, overrides: ServiceOverrides = {}) {
  const started = await startCountingService(overrides);
  t.after(() => started.stop());
  return started;
}
