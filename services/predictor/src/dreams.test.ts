import { createArtifactStore } from "@worldmodels/artifacts";
import type { VectorEnv } from "@worldmodels/env";
import { openRemoteEnv } from "@worldmodels/env-grpc";
import { DREAM_STARTS, openEnv, saveDream } from "@worldmodels/environments";
import { createClient } from "@worldmodels/grpc-kit";
import { EnvServiceService } from "@worldmodels/proto/env";
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { serviceStarter } from "@worldmodels/grpc-kit/testing";
import { makeTinyRun, saveTinyDream, saveTinyMdnRnn } from "./tiny-run.test-helper.js";

const startServiceProcess = serviceStarter(new URL("./main.ts", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "dreams-"));
const runs = join(folder, "runs");
const store = createArtifactStore(join(folder, "artifacts"));
const models = await saveTinyDream(store);
const dream = await saveDream(store, {
  vae: models.vae,
  mdnRnn: models["mdn-rnn"],
  starts: models[DREAM_STARTS],
});
const headless = await saveDream(store, {
  vae: models.vae,
  mdnRnn: (await saveTinyMdnRnn(store, { rewardHead: false })).ref,
  starts: models[DREAM_STARTS],
});
await makeTinyRun(join(runs, "quick"));
await makeTinyRun(join(runs, "of mine", "50%"));
await makeTinyRun(join(folder, "outside"));
mkdirSync(join(runs, "empty"));
const service = await startServiceProcess(folder, { runs, max_slots: "8", max_sessions: "2" });
after(async () => {
  await service.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

const settings = { max_episode_steps: 5, temperature: 1.15 };
const openThere = (envId: string, more: Parameters<typeof openRemoteEnv>[1] | object = {}) =>
  openRemoteEnv(service.connection, { envId, settings, numEnvs: 3, ...more });

/** Everything that some steps of an environment give, as text. */
async function play(env: VectorEnv): Promise<string> {
  const seen = [];
  seen.push(await env.reset({ seeds: 7n }).then(({ observations }) => JSON.stringify(observations)));
  for (let step = 0; step < 5; step++) {
    const actions = Float32Array.from({ length: 9 }, (_, i) => (i % 3 === 0 ? -0.5 : 0.25));
    const { observations, rewards, terminated, truncated } = await env.step(actions);
    seen.push(JSON.stringify([observations, rewards, terminated, truncated]));
  }
  await env.close();
  return seen.join("\n");
}

const playHere = async (path: string) =>
  play(
    await openEnv(`dream:${encodeURIComponent(path)}?max_episode_steps=5&temperature=1.15`, {
      numEnvs: 3,
      autoreset: "NEXT_STEP",
    }),
  );

for (const [what, envId, path] of [
  ["a run", "dream:quick", join(runs, "quick")],
  ["a run with a difficult name", "dream:of mine/50%25", join(runs, "of mine", "50%")],
  ["a run by its whole path", `dream:${join(runs, "quick")}`, join(runs, "quick")],
  [
    "a dream artifact by its digest",
    `dream:${dream.digest}`,
    join(store.root, `dream-${dream.digest.slice(0, 12)}`),
  ],
  [
    "a dream artifact by its name",
    `dream:dream-${dream.digest.slice(0, 12)}`,
    join(store.root, `dream-${dream.digest.slice(0, 12)}`),
  ],
] as const) {
  test(`the dream of ${what} is the one that the library dreams`, async () => {
    const env = await openThere(envId, { autoreset: "NEXT_STEP" });
    assert.equal(env.spec.id, envId);
    assert.equal(await play(env), await playHere(path));
  });
}

test("the service lists dreams, with settings and room", async () => {
  const listed = await createClient(EnvServiceService, service.connection).listEnvs(
    {},
    { deadlineMs: 10_000 },
  );
  assert.deepEqual(
    listed.envs.map(({ envId }) => envId),
    ["dream:RUN"],
  );
  assert.ok(listed.envs[0]?.settings.some(({ name }) => name === "temperature"));
  assert.equal(listed.maxSlots, 8);
});

const refusals = [
  ["a path above the runs", "dream:../outside", {}, "invalid-argument", /leads out of .*runs/],
  ["a path that climbs out on its way", "dream:quick/../../outside", {}, "invalid-argument", /leads out of/],
  ["an encoded path above the runs", "dream:..%2Foutside", {}, "invalid-argument", /leads out of/],
  ["an absolute path elsewhere", `dream:${join(folder, "outside")}`, {}, "invalid-argument", /leads out of/],
  ["the folder of all runs", "dream:.", {}, "invalid-argument", /leads out of/],
  [
    "a run that there is not",
    "dream:slow",
    {},
    "not-found",
    /^there is no run slow below .* nor a dream slow/,
  ],
  ["a folder without a run", "dream:empty", {}, "not-found", /^there is no run empty below/],
  [
    "an artifact of another kind",
    `dream:${models.vae.digest}`,
    {},
    "failed-precondition",
    /holds vae, where a dream is needed/,
  ],
  [
    "a dream of an M without the head for rewards",
    `dream:${headless.digest}`,
    {},
    "failed-precondition",
    /reward/,
  ],
  [
    "an environment that is no dream",
    "CarRacing-v3",
    {},
    "not-found",
    /the predictor serves dreams, as dream:RUN$/,
  ],
  [
    "an environment elsewhere",
    "grpc://127.0.0.1:1/CarRacing-v3",
    {},
    "not-found",
    /the predictor serves dreams/,
  ],
  [
    "a setting that there is not",
    "dream:quick",
    { settings: { heat: 1 } },
    "invalid-argument",
    /no setting "heat"/,
  ],
  ["too many slots", "dream:quick", { numEnvs: 9 }, "resource-exhausted", /8/],
] as const;
for (const [what, envId, more, code, message] of refusals) {
  test(`${what} is refused`, async () => {
    await assert.rejects(openThere(envId, more), { name: "DomainError", code, message });
  });
}

test("what was refused or has ended takes no room", async () => {
  const { listEnvs } = createClient(EnvServiceService, service.connection);
  const free = async () => {
    const { freeSlots, freeSessions } = await listEnvs({}, { deadlineMs: 10_000 });
    return { freeSlots, freeSessions };
  };
  // The service hears of a session's end a moment after its client has ended it.
  let found = await free();
  for (let asked = 0; asked < 200 && found.freeSessions < 2; asked++) found = await free();
  assert.deepEqual(found, { freeSlots: 8, freeSessions: 2 });
});
