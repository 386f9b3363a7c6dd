import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parseEnvUri } from "@worldmodels/env";
import type { VectorEnv } from "@worldmodels/env";
import { describeVectorEnv } from "@worldmodels/env/conformance";
import { serveEnvs } from "@worldmodels/env-grpc";
import type { OpenRequest } from "@worldmodels/env-grpc";
import { parseAddress, startServer } from "@worldmodels/grpc-kit";
import { checkEnvUri, isPlacedEnv, openEnv, openOwnEnv } from "./open-env.js";
import { openPlaced } from "./open-placed.js";

/** A service of this library's environments on a socket; what was opened there is in `opened`. */
async function startEnvService(socket: string, maxSlots = 1000) {
  const opened: OpenRequest[] = [];
  const bugs: unknown[] = [];
  const service = serveEnvs({
    envs: () => [],
    open: (request) => {
      opened.push(request);
      const { envId, settings, ...options } = request;
      const query = Object.entries(settings).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
      return openOwnEnv(query.length === 0 ? envId : `${envId}?${query.join("&")}`, options);
    },
    limits: { maxSlots, maxSessions: 100 },
    onBug: (error) => bugs.push(error),
  });
  const server = await startServer({
    listen: parseAddress(`unix:${socket}`, "listen"),
    services: [service],
    onBug: (_, error) => bugs.push(error),
  });
  return {
    opened,
    async close() {
      await server.stop({ graceMs: 2000 });
      await service.close();
      assert.deepEqual(bugs, []);
    },
  };
}

describe("environments that a variable places at a service", () => {
  const folder = mkdtempSync(join(tmpdir(), "wm-placed-"));
  const socket = join(folder, "s");
  const variables = {
    WORLDMODELS_ENVIRONMENTS: `CarRacing-v3=grpc+unix://${socket},vizdoom=grpc+unix://${socket}`,
  };
  let service: Awaited<ReturnType<typeof startEnvService>>;
  before(async () => {
    service = await startEnvService(socket);
  });
  after(async () => {
    await service.close();
    rmSync(folder, { recursive: true });
  });

  describeVectorEnv(
    "CarRacing-v3 where a variable places it",
    ({ maxEpisodeSteps, ...options }) => {
      const uri = "CarRacing-v3?domain_randomize=true";
      return openEnv(
        maxEpisodeSteps === undefined ? uri : `${uri}&max_episode_steps=${maxEpisodeSteps}`,
        options,
        variables,
      );
    },
    { actionBounds: "engine" },
  );

  /** Everything that an episode shows, settings, spec and snapshot included. */
  async function playedIn(env: VectorEnv): Promise<unknown> {
    try {
      const size = env.spec.action.type === "BOX" ? env.spec.action.size : 1;
      const shown: unknown[] = [structuredClone((await env.reset({ seeds: 5n })).observations)];
      for (let step = 0; step < 20; step++) {
        const actions = Float32Array.from({ length: 2 * size }, (_, i) => Math.abs(Math.sin(step + i)));
        const { observations, rewards, terminated, truncated, info } = await env.step(actions);
        shown.push(structuredClone({ observations, rewards, terminated, truncated, info }));
      }
      const snapshots = await env.snapshot([0, 1]);
      const { spec, numEnvs, observationNames } = env;
      return { shown, snapshots, spec, numEnvs, observationNames };
    } finally {
      await env.close();
    }
  }

  for (const uri of [
    "CarRacing-v3?max_episode_steps=15&continuous=true",
    "vizdoom:TakeCover?screen=160x120&frame_skip=3",
  ]) {
    test(`${uri} is the one of this process: spec, settings, every byte of its observations and snapshots`, async () => {
      const options = { numEnvs: 2, observations: "all", autoreset: "NEXT_STEP", processes: 1 } as const;
      const count = service.opened.length;
      const there = await playedIn(await openEnv(uri, options, variables));
      assert.ok(service.opened.length > count, "it was not opened at the service");
      const here = await playedIn(await openEnv(uri, options, {}));
      assert.deepEqual(there, here);
    });
  }

  test("what is not placed is opened here, and openOwnEnv opens everything here", async () => {
    const count = service.opened.length;
    await (await openEnv("CarRacing-v0", {}, variables)).close();
    await (await openOwnEnv("CarRacing-v3", {}, variables)).close();
    assert.equal(service.opened.length, count);
    assert.deepEqual(
      ["CarRacing-v3", "CarRacing-v0", `grpc+unix://${socket}/CarRacing-v3`].map((uri) =>
        isPlacedEnv(uri, variables),
      ),
      [true, false, false],
    );
  });

  for (const uri of [
    "CarRacing-v3?continous=false",
    "vizdoom:TakeCovr",
    "vizdoom:TakeCover?screen=100x100",
  ]) {
    test(`${uri} is refused with this process's sentence, before the service is asked`, async () => {
      const count = service.opened.length;
      const here = await openEnv(uri, {}, {}).catch((error: unknown) => error);
      assert.ok(here instanceof Error);
      await assert.rejects(openEnv(uri, {}, variables), { message: here.message });
      assert.throws(
        () => {
          checkEnvUri(uri, variables);
        },
        { message: here.message },
      );
      assert.equal(service.opened.length, count);
    });
  }
});

test("a service that is not there yet is waited for, and that is said", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wm-late-"));
  const socket = join(folder, "s");
  const said = new Promise<string>((resolve) => {
    t.mock.method(process.stderr, "write", (text: string) => {
      resolve(text);
      return true;
    });
  });
  const opening = openEnv(
    "CarRacing-v3",
    {},
    { WORLDMODELS_ENVIRONMENTS: `CarRacing-v3=grpc+unix://${socket}` },
  );
  assert.match(await said, /^waiting for grpc\+unix:.*\/s\/CarRacing-v3: .*cannot be reached/);
  const service = await startEnvService(socket);
  const env = await opening;
  assert.equal(env.spec.id, "CarRacing-v3");
  await env.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

test("a service that has no room is waited for until others are gone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wm-full-"));
  const socket = join(folder, "s");
  const service = await startEnvService(socket, 2);
  const variables = { WORLDMODELS_ENVIRONMENTS: `CarRacing-v3=grpc+unix://${socket}` };
  const first = await openEnv("CarRacing-v3", { numEnvs: 2 }, variables);
  const second = openEnv("CarRacing-v3", { numEnvs: 2 }, variables);
  await first.close();
  await (await second).close();
  await service.close();
  rmSync(folder, { recursive: true });
});

test("a service that is not there for too long is unavailable, with its address", async () => {
  const place = { scheme: "grpc+unix", authority: "/no/such/socket" } as const;
  await assert.rejects(openPlaced(parseEnvUri("CarRacing-v3"), place, {}, {}, 0), {
    code: "unavailable",
    message: /\/no\/such\/socket/,
  });
});
