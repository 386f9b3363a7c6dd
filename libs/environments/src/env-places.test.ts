import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEnvUri } from "@worldmodels/env";
import { readEnvPlaces } from "./env-places.js";
import { checkEnvUri, isPlacedEnv, openEnv } from "./open-env.js";

const places = (text: string) => ({ WORLDMODELS_ENVIRONMENTS: text });

test("an environment is placed by its id, else by its prefix, and not at all where its URI names a service", () => {
  const read = readEnvPlaces(
    places(
      "vizdoom=grpc://doom:50056, vizdoom:TakeCover = grpc+unix:///run/wm/cover,gymnasium=grpc://[::1]:7,CarRacing-v3=grpc://cars:9",
    ),
  );
  const where = (uri: string) => {
    const { scheme, authority } = read.placeOf(parseEnvUri(uri)) ?? {};
    return scheme && `${scheme}://${authority}`;
  };
  assert.equal(where("vizdoom:TakeCover?screen=160x120"), "grpc+unix:///run/wm/cover");
  assert.equal(where("vizdoom:Basic"), "grpc://doom:50056");
  assert.equal(where("gymnasium:CartPole-v1"), "grpc://[::1]:7");
  assert.equal(where("CarRacing-v3?max_episode_steps=5"), "grpc://cars:9");
  assert.equal(where("CarRacing-v0"), undefined);
  assert.equal(where("dream:runs/desk"), undefined);
  assert.equal(where("grpc://elsewhere/vizdoom:TakeCover"), undefined);
  assert.deepEqual(Object.keys(read.entries), ["vizdoom", "vizdoom:TakeCover", "gymnasium", "CarRacing-v3"]);
});

for (const variables of [{}, places(""), { WORLDMODELS_ENVIRONMENTS: undefined }]) {
  test(`${JSON.stringify(variables)} places nothing`, () => {
    const read = readEnvPlaces(variables);
    assert.deepEqual(read.entries, {});
    assert.equal(read.placeOf(parseEnvUri("vizdoom:TakeCover")), undefined);
    assert.equal(isPlacedEnv("vizdoom:TakeCover", variables), false);
  });
}

for (const [text, sentence] of [
  ["vizdoom", /WORLDMODELS_ENVIRONMENTS: "vizdoom" is not name=address; write it like vizdoom=grpc:/],
  ["vizdoom=grpc://a:1,", /"" is not name=address/],
  ["=grpc://a:1", /"=grpc:\/\/a:1" names no environment/],
  ["vizdoom=grpc://a:1,vizdoom=grpc://b:1", /"vizdoom=grpc:\/\/b:1" gives a second address to vizdoom/],
  ["vizdom=grpc://a:1", /names no environment \(there is no environment "vizdom"/],
  ["vizdom:TakeCover=grpc://a:1", /no prefix "vizdom:" \(did you mean vizdoom:\?\)/],
  ["vizdoom:TakeCovr=grpc://a:1", /names no environment \(ViZDoom has no scenario "TakeCovr" \(did you mean/],
  ["CarRacing-v4=grpc://a:1", /no environment "CarRacing-v4" \(did you mean CarRacing-v/],
  ["CarRacing-v3?continuous=grpc://a:1", /names settings, which belong to the environment/],
  ["dream=grpc://a:1", /places a dream, which is named by a folder .* give grpc:\/\/host:port\/dream:RUN/],
  ["dream:runs/desk=grpc://a:1", /places a dream/],
  ["grpc://b:1/CarRacing-v3=grpc://a:1", /names a service as the environment/],
  ["vizdoom=", /has "" for an address, which is neither grpc:\/\/host:port nor grpc\+unix:/],
  ["vizdoom=a:1", /has "a:1" for an address, which is neither/],
  ["vizdoom=http://a:1", /has "http:\/\/a:1" for an address/],
  ["vizdoom=grpc://a", /has "grpc:\/\/a" for an address/],
  ["vizdoom=grpc://a:1/", /has "grpc:\/\/a:1\/" for an address/],
  ["vizdoom=grpc://a:1/vizdoom:TakeCover", /for an address, which is neither/],
  ["vizdoom=grpc+unix://run/x", /for an address, which is neither/],
  ["vizdoom=grpc://a:70000", /has an address that cannot be one \(.*70000/],
  ["vizdoom=grpc://a b:1", /has an address that cannot be one/],
] as const) {
  test(`"${text}" is refused with a sentence, and so is every check of a URI until it is right`, async () => {
    const refusal = { name: "DomainError", code: "invalid-argument", message: sentence };
    assert.throws(() => readEnvPlaces(places(text)), refusal);
    assert.throws(() => {
      checkEnvUri("CarRacing-v0", places(text));
    }, refusal);
    await assert.rejects(openEnv("CarRacing-v0", {}, places(text)), refusal);
  });
}
