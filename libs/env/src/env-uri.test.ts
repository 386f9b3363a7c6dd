import assert from "node:assert/strict";
import { test } from "node:test";
import { formatEnvUri, parseEnvUri } from "./env-uri.js";
import type { EnvUri } from "./env-uri.js";

const uris: Record<string, EnvUri> = {
  "CarRacing-v3": { scheme: "native", id: "CarRacing-v3", settings: {} },
  "CarRacing-v3?max_episode_steps=3000": {
    scheme: "native",
    id: "CarRacing-v3",
    settings: { max_episode_steps: "3000" },
  },
  "grpc://host:50051/CarRacing-v3?continuous=false": {
    scheme: "grpc",
    authority: "host:50051",
    id: "CarRacing-v3",
    settings: { continuous: "false" },
  },
  "grpc+unix:///path/socket/CarRacing-v3": {
    scheme: "grpc+unix",
    authority: "/path/socket",
    id: "CarRacing-v3",
    settings: {},
  },
  "grpc+unix:///run/wm/socket/dream:runs/desk": {
    scheme: "grpc+unix",
    authority: "/run/wm/socket",
    id: "dream:runs/desk",
    settings: {},
  },
  "dream:runs/desk?temperature=1.15": {
    scheme: "dream",
    id: "runs/desk",
    settings: { temperature: "1.15" },
  },
  "dream:pretrained:car-racing": { scheme: "dream", id: "pretrained:car-racing", settings: {} },
  "dream:/abs/why%3F/100%25?start_latent=mean&temperature=1": {
    scheme: "dream",
    id: "/abs/why?/100%",
    settings: { start_latent: "mean", temperature: "1" },
  },
  "grpc://predictor:50053/dream:RUN": {
    scheme: "grpc",
    authority: "predictor:50053",
    id: "dream:RUN",
    settings: {},
  },
  "gymnasium:CarRacing-v3": { scheme: "gymnasium", id: "CarRacing-v3", settings: {} },
  "vizdoom:TakeCover": { scheme: "vizdoom", id: "TakeCover", settings: {} },
};
for (const [text, parts] of Object.entries(uris)) {
  test(`${text} is taken apart and put together again`, () => {
    assert.deepEqual(parseEnvUri(text), parts);
    assert.equal(formatEnvUri(parts), text);
  });
}

test("equal environments have equal URIs, whatever the order of their settings", () => {
  assert.equal(formatEnvUri(parseEnvUri("CarRacing-v3?b=2%263&a=1")), "CarRacing-v3?a=1&b=2%263");
});

const refusals: [string, RegExp][] = [
  ["", /names no environment/],
  ["dream:", /names no environment/],
  ["dreem:RUN", /no prefix "dreem:" \(did you mean dream:\?\)/],
  ["atari:Pong", /no prefix "atari:" \(there are dream:, gymnasium:, vizdoom:\)/],
  ["http://host/CarRacing-v3", /"http:\/\/" is not a way to reach a service/],
  ["grpc://host:50051", /names no service and environment, as in grpc:\/\/host:port/],
  ["grpc+unix://socket", /as in grpc\+unix:\/\/\/path\/socket/],
  ["runs/desk", /has a slash/],
  ["CarRacing-v3?max_episode_steps", /"max_episode_steps" is not key=value/],
  ["CarRacing-v3?", /"" is not key=value/],
  ["CarRacing-v3?a=1&a=2", /"a" is given twice/],
  ["CarRacing-v3?a=100%", /write %25/],
];
for (const [text, sentence] of refusals) {
  test(`"${text}" is refused with a sentence`, () => {
    assert.throws(() => parseEnvUri(text), { code: "invalid-argument", message: sentence });
  });
}
