import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { linkNative } from "./layout.mjs";
import { sourcesFrom } from "./native-tensorflow.mjs";
import { probePrebuilt } from "./prebuilt.mjs";

const folder = mkdtempSync(join(tmpdir(), "worldmodels-native-"));
after(() => {
  rmSync(folder, { recursive: true });
});

function makeNative(name: string): string {
  const path = join(folder, name);
  for (const part of ["lib", "deps"]) {
    mkdirSync(join(path, part), { recursive: true });
    writeFileSync(join(path, part, "name"), name);
  }
  return path;
}

const linkedNames = (packageFolder: string) =>
  ["lib", "deps"].map((part) => readFileSync(join(packageFolder, part, "name"), "utf8"));

test("links lead to the native folder, again to another, and nothing else is left", () => {
  const tfjsNode = join(folder, "tfjs-node");
  mkdirSync(tfjsNode);
  linkNative(makeNative("old"), tfjsNode);
  assert.deepEqual(linkedNames(tfjsNode), ["old", "old"]);
  linkNative(makeNative("new"), tfjsNode);
  assert.deepEqual(linkedNames(tfjsNode), ["new", "new"]);
  assert.deepEqual(readdirSync(tfjsNode).sort(), ["deps", "lib"]);
  assert.deepEqual(linkedNames(join(folder, "old")), ["old", "old"]);
});

test("links take the place of the folders that an ordinary install made", () => {
  const tfjsNode = makeNative("ordinary");
  linkNative(makeNative("ours"), tfjsNode);
  assert.deepEqual(linkedNames(tfjsNode), ["ours", "ours"]);
});

test("links to a cache that was deleted are replaced", () => {
  const tfjsNode = join(folder, "dangling");
  mkdirSync(tfjsNode);
  const deleted = makeNative("deleted");
  linkNative(deleted, tfjsNode);
  rmSync(deleted, { recursive: true });
  linkNative(makeNative("again"), tfjsNode);
  assert.deepEqual(linkedNames(tfjsNode), ["again", "again"]);
});

const ORDERS: readonly [string | undefined, string[]][] = [
  [undefined, ["prebuilt", "wheel"]],
  ["", ["prebuilt", "wheel"]],
  ["auto", ["prebuilt", "wheel"]],
  ["wheel", ["wheel"]],
  ["prebuilt", ["prebuilt"]],
  ["none", []],
];
for (const [wanted, expected] of ORDERS) {
  test(`WORLDMODELS_NATIVE=${wanted ?? "(unset)"} tries ${expected.join(", then ") || "nothing"}`, () => {
    assert.deepEqual(sourcesFrom(wanted), expected);
  });
}

test("WORLDMODELS_NATIVE with another value is refused", () => {
  assert.throws(() => sourcesFrom("cuda"), /"cuda"; set it to auto, prebuilt, wheel or none/);
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

for (const [status, expected] of [
  [200, /^$/],
  [404, /CPU-\w+-4\.22\.0\.\S+ answers 404/],
] as const) {
  test(`a download host that answers ${status} ${status === 200 ? "is used" : "is passed over"}`, async () => {
    const server = createServer((_, response) => response.writeHead(status).end());
    const host = await listen(server);
    const problem = await probePrebuilt({ npm_config_tfjs_binding_binary_host_mirror: host });
    server.close();
    assert.match(problem ?? "", expected);
  });
}

test("a download host that cannot be reached is passed over with the reason", async () => {
  const server = createServer();
  const host = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  const problem = await probePrebuilt({ npm_config_tfjs_binding_binary_host_mirror: host });
  assert.match(problem ?? "", /^127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)$/);
});
