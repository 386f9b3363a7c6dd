import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { checkCompose } from "./compose-checks.js";
import { fakeDocker } from "./fake-docker.test-helper.js";

interface World {
  readonly compose?: string;
  readonly port?: number;
  /** Labels of the images of `encoder` and `rollout`, and of the volume `wm_a`. */
  readonly images?: readonly [object, object];
  readonly volume?: object;
}

/** A docker that knows two services, each with an image and a port, and a volume. */
function fakeWorld(t: TestContext, { compose = "2.26.1", port = 0, images, volume }: World): void {
  const service = (image: string) => ({ image, ports: [{ host_ip: "127.0.0.1", published: String(port) }] });
  const file = {
    name: "wm",
    services: { encoder: service("training"), rollout: service("lean") },
    volumes: { a: { name: "wm_a", labels: { "worldmodels.format": "1" } } },
  };
  const say = (value: unknown) => (value === undefined ? "exit 1" : `echo '${JSON.stringify(value)}'`);
  const answers = {
    "info --format {{.ServerVersion}}": "echo 20.10.24",
    "info --format {{.DockerRootDir}}": "echo /nowhere/at/all",
    "compose version --short": `echo ${compose}`,
    "compose config --format json": say(file),
    "image inspect --format {{json .Config.Labels}} training": say(images?.[0]),
    "image inspect --format {{json .Config.Labels}} lean": say(images?.[1]),
    "volume inspect --format {{json .Labels}} wm_a": say(volume),
    "ps --quiet --filter label=com.docker.compose.project=wm": "true",
  };
  const cases = Object.entries(answers).map(([args, answer]) => `"${args}") ${answer} ;;`);
  fakeDocker(t, `case "$*" in\n${cases.join("\n")}\n*) echo "$* is not known" >&2; exit 9 ;;\nesac`);
}

async function wrong(): Promise<string[]> {
  const findings = await checkCompose();
  return findings.filter(({ ok }) => !ok).map(({ name, detail, remedy }) => `${name}: ${detail}; ${remedy}`);
}

const version = (commit: string) => ({ "org.opencontainers.image.revision": commit });

test("nothing is wrong where nothing has been made yet, nor with what this version made", async (t) => {
  fakeWorld(t, {});
  assert.deepEqual(await wrong(), []);
  fakeWorld(t, { images: [version("a"), version("a")], volume: { "worldmodels.format": "1" } });
  assert.deepEqual(await wrong(), []);
});

test("an engine that does not answer is the only finding", async (t) => {
  fakeDocker(t, "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
  assert.deepEqual(await wrong(), [
    "Docker's engine: cannot be used; docker info fails: Cannot connect to the Docker daemon; start the engine",
  ]);
});

test("an old compose is refused", async (t) => {
  fakeWorld(t, { compose: "2.3.3" });
  assert.deepEqual(await wrong(), ["docker compose: 2.3.3; install Docker's compose plugin 2.20 or later"]);
});

test("images of two versions are refused", async (t) => {
  fakeWorld(t, { images: [version("a"), version("b")] });
  const [sentence, ...others] = await wrong();
  assert.match(
    sentence ?? "",
    /^images: lean is version unknown of commit b, and training is .* a; make all/,
  );
  assert.deepEqual(others, []);
});

test("a volume of another format is refused", async (t) => {
  fakeWorld(t, { volume: {} });
  const [sentence] = await wrong();
  assert.match(sentence ?? "", /^volumes: wm_a was made by another version \(format none, here 1\); go on/);
});

test("a port in use is named, with whose it would be", async (t) => {
  const server = createServer();
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  fakeWorld(t, { port });
  const [sentence] = await wrong();
  assert.match(sentence ?? "", new RegExp(`^ports: ${port} of 127.0.0.1, for encoder, is in use; end`));
});
