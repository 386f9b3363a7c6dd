import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { formatEnvUri, parseEnvUri } from "@worldmodels/env";
import { describeVectorEnv } from "@worldmodels/env/conformance";
import { serveEnvs } from "@worldmodels/env-grpc";
import type { EnvService } from "@worldmodels/env-grpc";
import { hashToken, newToken, parseAddress, startServer } from "@worldmodels/grpc-kit";
import type { RunningServer } from "@worldmodels/grpc-kit";
import { describeEnvs, openEnv } from "./open-env.js";
import { openRemote, remoteAddress } from "./remote-kinds.js";
import { makeRunFolder } from "./run-folder.test-helper.js";

const addresses: Record<string, string> = {
  "grpc://cars/CarRacing-v3": "cars:50051",
  "grpc://cars:7/CarRacing-v3": "cars:7",
  "grpc://[::1]/CarRacing-v3": "[::1]:50051",
  "grpc://[::1]:7/CarRacing-v3": "[::1]:7",
  "grpc+unix:///run/wm/cars/CarRacing-v3": "unix:/run/wm/cars",
  "grpc+unix:///run/wm/m/dream:runs/desk?temperature=1.15": "unix:/run/wm/m",
};
for (const [uri, address] of Object.entries(addresses)) {
  test(`${uri} is looked for at ${address}`, () => {
    assert.equal(remoteAddress(uri, parseEnvUri(uri)), address);
  });
}

test("the token that a service asks for comes from the file that a variable names", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wm-token-"));
  const tokenFile = join(folder, "token");
  const token = newToken();
  writeFileSync(tokenFile, `${token}\n`);
  const clientsFile = join(folder, "clients.json");
  writeFileSync(clientsFile, JSON.stringify({ clients: { alice: { token_sha256: hashToken(token) } } }));
  const service = serveEnvs({
    envs: () => [],
    open: ({ envId, ...options }) => openEnv(envId, options),
    limits: { maxSlots: 2, maxSessions: 2 },
    onBug: () => undefined,
  });
  const server = await startServer({
    listen: parseAddress(`unix:${folder}/s`, "listen"),
    services: [service],
    clientsFile,
    onBug: () => undefined,
  });
  t.after(async () => {
    await server.stop({ graceMs: 2000 });
    rmSync(folder, { recursive: true });
  });
  const uri = `grpc+unix://${folder}/s/CarRacing-v3`;
  await assert.rejects(openRemote(uri, parseEnvUri(uri), {}, {}), { code: "unauthenticated" });
  const env = await openRemote(uri, parseEnvUri(uri), {}, { WORLDMODELS_TOKEN_FILE: tokenFile });
  assert.equal(env.spec.id, "CarRacing-v3");
  await env.close();
});

test("a certificate authority that is not there is named before anybody is called", async () => {
  const uri = "grpc://127.0.0.1:1/CarRacing-v3";
  await assert.rejects(
    async () => openRemote(uri, parseEnvUri(uri), {}, { WORLDMODELS_TLS_CA: "/no/ca.pem" }),
    {
      code: "not-found",
      message: /\/no\/ca\.pem cannot be read/,
    },
  );
});

describe("environments of this library behind a service", () => {
  const folder = mkdtempSync(join(tmpdir(), "wm-remote-"));
  const socket = join(folder, "s");
  const bugs: unknown[] = [];
  let service: EnvService;
  let server: RunningServer;
  let run: Awaited<ReturnType<typeof makeRunFolder>>;
  before(async () => {
    run = await makeRunFolder();
    service = serveEnvs({
      envs: () => describeEnvs().map(({ id, doc, settings }) => ({ id, summary: doc, settings })),
      open: ({ envId, settings, ...options }) => {
        // A client names a run as the server knows it.
        const { scheme, id } = parseEnvUri(envId);
        return openEnv(formatEnvUri({ scheme, id: scheme === "dream" ? run.folder : id, settings }), options);
      },
      limits: { maxSlots: 1000, maxSessions: 100 },
      onBug: (error) => bugs.push(error),
    });
    server = await startServer({
      listen: parseAddress(`unix:${socket}`, "listen"),
      services: [service],
      onBug: (_, error) => bugs.push(error),
    });
  });
  after(async () => {
    await server.stop({ graceMs: 2000 });
    await service.close();
    await run.remove();
    rmSync(folder, { recursive: true });
    assert.deepEqual(bugs, []);
  });

  for (const [id, facts] of [
    ["CarRacing-v3", { actionBounds: "engine" }],
    ["dream:tiny?terminated=never", {}],
  ] as const) {
    describeVectorEnv(
      `${id} behind a service`,
      ({ maxEpisodeSteps, ...options }) => {
        const limit = `${id.includes("?") ? "&" : "?"}max_episode_steps=${maxEpisodeSteps}`;
        const uri = `grpc+unix://${socket}/${id}`;
        return openEnv(maxEpisodeSteps === undefined ? uri : uri + limit, options);
      },
      facts,
    );
  }

  test("all observations of a service's environment can be had without naming them", async (t) => {
    const env = await openEnv(`grpc+unix://${socket}/CarRacing-v3`, { observations: "all", numEnvs: 2 });
    t.after(() => env.close());
    assert.deepEqual(env.observationNames, ["rgb96", "wm64", "state"]);
    assert.equal(env.numEnvs, 2);
  });

  for (const [name, code] of [
    ["CarRacing-v4", "not-found"],
    ["CarRacing-v3?continous=false", "invalid-argument"],
    ["CarRacing-v3?max_episode_steps=0", "invalid-argument"],
  ] as const) {
    test(`a service refuses ${name} with the sentence that this process has for it`, async () => {
      const here = await openEnv(name).catch((error: unknown) => error);
      assert.ok(here instanceof Error);
      await assert.rejects(openEnv(`grpc+unix://${socket}/${name}`), { code, message: here.message });
    });
  }

  test("options that open an environment reach the service: bounds, seeds, mode", async (t) => {
    const uri = `grpc+unix://${socket}/CarRacing-v3?max_episode_steps=1`;
    const given = { actionBounds: "refuse", seeds: [7n], autoreset: "SAME_STEP", observations: [] } as const;
    const env = await openEnv(uri, given);
    t.after(() => env.close());
    await env.reset();
    await assert.rejects(
      env.step(Float32Array.of(0, 1.5, 0)),
      /action\[1\] of slot 0 = 1\.5 \(gas\) is outside/,
    );
    const batch = await env.step(Float32Array.of(0, 0, 0));
    assert.deepEqual([batch.endedEpisodes[0]?.seed, batch.stepNumbers[0]], [7n, 0]);
  });
});
