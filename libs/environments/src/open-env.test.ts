import assert from "node:assert/strict";
import { test } from "node:test";
import { describeVectorEnv } from "@worldmodels/env/conformance";
import { checkEnvUri, describeEnvs, openEnv } from "./open-env.js";

for (const uri of ["CarRacing-v3", "CarRacing-v0?continuous=false"]) {
  describeVectorEnv(
    uri,
    ({ maxEpisodeSteps, ...options }) => {
      const limit = `${uri.includes("?") ? "&" : "?"}max_episode_steps=${maxEpisodeSteps}`;
      return openEnv(maxEpisodeSteps === undefined ? uri : uri + limit, options);
    },
    { actionBounds: "engine" },
  );
}

test("settings come from the query, and the environment says which are in force", async (t) => {
  const env = await openEnv("CarRacing-v3?max_episode_steps=3000&domain_randomize=true");
  t.after(() => env.close());
  assert.equal(env.numEnvs, 1);
  assert.equal(env.spec.maxEpisodeSteps, 3000);
  assert.equal(env.spec.settings.domain_randomize, true);
  assert.equal(env.spec.settings.continuous, true);
});

test("all observations can be had without naming them", async (t) => {
  const env = await openEnv("CarRacing-v3", { observations: "all" });
  t.after(() => env.close());
  assert.deepEqual(env.observationNames, ["rgb96", "wm64", "state"]);
});

test("CarRacing takes finite actions out of bounds, as Gymnasium's does, unless it is told not to", async (t) => {
  const lenient = await openEnv("CarRacing-v3");
  const strict = await openEnv("CarRacing-v3", { actionBounds: "refuse" });
  t.after(() => Promise.all([lenient.close(), strict.close()]));
  await lenient.reset();
  await strict.reset();
  const action = Float32Array.of(0, 1.5, 0);
  assert.equal((await lenient.step(action)).stepNumbers[0], 1);
  await assert.rejects(strict.step(action), {
    code: "invalid-argument",
    message: /action\[1\] of slot 0 = 1\.5 \(gas\) is outside \[0, 1\]/,
  });
  await assert.rejects(lenient.step(Float32Array.of(0, NaN, 0)), { code: "invalid-argument" });
});

const refusals: [string, object, string, RegExp][] = [
  [
    "CarRacing-v4",
    {},
    "not-found",
    /no environment "CarRacing-v4" \(did you mean CarRacing-v[03]\?\); there are Car/,
  ],
  ["Pong", {}, "not-found", /no environment "Pong"; there are CarRacing-v3, CarRacing-v0, dream:RUN/],
  ["dream", {}, "not-found", /did you mean dream:RUN\?/],
  [
    "CarRacing-v3?continous=false",
    {},
    "invalid-argument",
    /no setting "continous" \(did you mean continuous\?\)/,
  ],
  [
    "CarRacing-v3?max_episode_steps=0",
    {},
    "invalid-argument",
    /max_episode_steps = "0" is out of range: 1 or more/,
  ],
  ["CarRacing-v3", { numEnvs: 0 }, "invalid-argument", /numEnvs = 0 is not a whole number from 1 to/],
  ["CarRacing-v3", { numEnvs: 1.5 }, "invalid-argument", /numEnvs = 1\.5/],
  [
    "CarRacing-v3",
    { observations: ["rgb64"] },
    "invalid-argument",
    /"rgb64" is not among those chosen: there are rgb96/,
  ],
  [
    "grpc://local host/CarRacing-v3",
    {},
    "invalid-argument",
    /its service = "local host:50051" is no address/,
  ],
  [
    "grpc://localhost:99999/CarRacing-v3",
    {},
    "invalid-argument",
    /is no address; write unix:.* or host:port/,
  ],
  [
    "grpc+unix:///no/such/socket/CarRacing-v3",
    {},
    "unavailable",
    /the service at unix:\/no\/such\/socket.*open the environment again when the service is there/,
  ],
  [
    "vizdoom:TakeCovr",
    {},
    "not-found",
    /no scenario "TakeCovr" \(did you mean vizdoom:TakeCover\?\); there are TakeCover, Basic/,
  ],
  [
    "vizdoom:TakeCover?screen=100x100",
    {},
    "invalid-argument",
    /screen = "100x100" is none of 160x120, 200x150/,
  ],
  ["vizdoom:TakeCover?skill=6", {}, "invalid-argument", /skill = "6" is out of range: 1 to 5/],
  ["vizdoom:Basic?skil=3", {}, "invalid-argument", /no setting "skil" \(did you mean skill\?\)/],
  [
    "vizdoom:TakeCover",
    { numEnvs: 0 },
    "invalid-argument",
    /numEnvs = 0 is not a whole number from 1 to 256/,
  ],
  [
    "vizdoom:TakeCover",
    { processes: 0.5 },
    "invalid-argument",
    /processes = 0\.5 is not a whole number from 1/,
  ],
  ["gymnasium:CartPol-v1", {}, "not-found", /gymnasium:CartPol-v1: .*Did you mean: `CartPole`\?/],
  ["gymnasium:CarRacing-v9", {}, "not-found", /gymnasium:CarRacing-v9: .*v3/],
  [
    "gymnasium:CartPole-v1?colour=red",
    {},
    "invalid-argument",
    /gymnasium:CartPole-v1 with \{'colour': 'red'.*\}: .*unexpected keyword argument 'colour'/,
  ],
  ["gymnasium:FrozenLake-v1", {}, "unimplemented", /observations of kind Discrete; there is Box only/],
  ["gymnasium:os:CartPole-v1", {}, "invalid-argument", /names a module to import/],
  [
    "gymnasium:CartPole-v1?max_episode_steps=-1",
    {},
    "invalid-argument",
    /max_episode_steps = "-1" is out of range/,
  ],
  ["dream:pretrained:car-racing", {}, "unimplemented", /pretrained models come with a later version/],
  ["dream:no/such/run", {}, "not-found", /no run in the folder "no\/such\/run"/],
];
for (const [uri, options, code, message] of refusals) {
  test(`${uri} with ${JSON.stringify(options)} is refused with a sentence`, async () => {
    await assert.rejects(openEnv(uri, options), { name: "DomainError", code, message });
  });
}

for (const uri of [
  "Pong",
  "CarRacing-v3?continous=false",
  "dream:x?temperature=0",
  "vizdoom:TakeCovr",
  "vizdoom:TakeCover?screen=100x100",
  "grpc://local host/CarRacing-v3",
]) {
  test(`${uri} fails the check of a URI as it fails to open`, async () => {
    const opening = await openEnv(uri).catch((error: unknown) => error);
    assert.ok(opening instanceof Error);
    assert.throws(() => checkEnvUri(uri), { name: "DomainError", message: opening.message });
  });
}

test("a good URI passes the check, and neither a dream's run, a service nor Python need be there yet", () => {
  checkEnvUri("grpc://nowhere/CarRacing-v3?no_such_setting=1");
  checkEnvUri("grpc+unix:///no/such/socket/dream:runs/desk");
  checkEnvUri("CarRacing-v0?max_episode_steps=3000");
  checkEnvUri("dream:no/such/run?temperature=1.15");
  checkEnvUri("vizdoom:TakeCover?screen=160x120&frame_skip=4");
  checkEnvUri("gymnasium:LunarLander-v3?gravity=-5");
});

test("every environment is described with its settings", () => {
  const described = describeEnvs();
  assert.deepEqual(
    described.map(({ id }) => id),
    ["CarRacing-v3", "CarRacing-v0", "dream:RUN", "vizdoom:TakeCover", "vizdoom:SCENARIO", "gymnasium:ID"],
  );
  for (const { doc, settings } of described) {
    assert.ok(doc.length > 10);
    assert.ok("max_episode_steps" in settings);
  }
});
