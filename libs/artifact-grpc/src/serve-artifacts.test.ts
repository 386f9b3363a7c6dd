import type { ArtifactRef } from "@worldmodels/artifacts";
import { createClient } from "@worldmodels/grpc-kit";
import { ArtifactServiceService, PutState } from "@worldmodels/proto/artifact";
import type { Manifest, PutArtifactRequest, PutArtifactResponse } from "@worldmodels/proto/artifact";
import assert from "node:assert/strict";
import { mkdtemp, open, readdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { newStore, startArtifactService } from "./artifact-service.test-helper.js";
import { toManifestMessage } from "./manifest-message.js";

const root = await mkdtemp(join(tmpdir(), "serve-artifacts-"));
const store = await newStore(root);
const service = await startArtifactService(store);
after(async () => {
  await service.close();
  await rm(root, { recursive: true });
});
const client = createClient(ArtifactServiceService, service.connection);
const IN_TIME = { deadlineMs: 10_000 };
const ABSENT: ArtifactRef = { kind: "sample", digest: "0".repeat(64) };

/** A manifest of another artifact each time, and its content. */
let samples = 0;
async function newSample(text = "abcdefgh") {
  const elsewhere = await newStore(root);
  const ref = await elsewhere.write("sample", { sample: samples++ }, async (folder) => {
    await writeFile(join(folder, "a.bin"), text.slice(0, 3));
    await writeFile(join(folder, "b.bin"), text.slice(3));
  });
  const manifest = toManifestMessage(await elsewhere.open(ref));
  return { ref, manifest, content: Buffer.from(text) };
}

const manifestPart = (value: Manifest): PutArtifactRequest => ({ part: { $case: "manifest", value } });
const contentPart = (value: Uint8Array): PutArtifactRequest => ({ part: { $case: "content", value } });

/** Sends all of it without waiting for an answer, and gives the answers. */
async function put(...requests: PutArtifactRequest[]): Promise<PutState[]> {
  const call = client.putArtifact();
  for (const request of requests) await call.send(request);
  call.end();
  const states: PutState[] = [];
  for await (const { state } of call.responses) states.push(state);
  return states;
}

async function get(artifact: ArtifactRef, offset = 0n): Promise<string> {
  let text = "";
  for await (const { part } of client.getArtifact({ artifact, offset })) {
    if (part?.$case === "content") text += Buffer.from(part.value).toString();
  }
  return text;
}

test("what is put can be got, from any byte on, and is not wanted twice", async () => {
  const { ref, manifest, content } = await newSample();
  assert.deepEqual(await put(manifestPart(manifest), contentPart(content)), [
    PutState.PUT_STATE_WANTED,
    PutState.PUT_STATE_STORED,
  ]);
  for (let offset = 0; offset <= 8; offset++) {
    assert.equal(await get(ref, BigInt(offset)), "abcdefgh".slice(offset));
  }
  assert.deepEqual(await put(manifestPart(manifest)), [PutState.PUT_STATE_STORED]);
});

test("a link in a store is not followed out of it", async () => {
  const { ref, manifest, content } = await newSample();
  await put(manifestPart(manifest), contentPart(content));
  const path = join((await store.open(ref)).folder, "a.bin");
  await rm(path);
  await writeFile(join(root, "secret"), "xyz");
  await symlink(join(root, "secret"), path);
  await assert.rejects(get(ref), { code: "data-loss", message: /a\.bin .* is a symbolic link/ });
});

const withFiles = (manifest: Manifest, ...paths: string[]): Manifest => ({
  ...manifest,
  files: paths.map((path) => ({ path, sizeBytes: 8n, sha256: "0".repeat(64) })),
});
const bad: readonly (readonly [
  string,
  (sample: Awaited<ReturnType<typeof newSample>>) => PutArtifactRequest[],
  string,
  RegExp,
])[] = [
  [
    "nothing at all",
    () => [],
    "invalid-argument",
    /the first request has no manifest; send it before the content/,
  ],
  [
    "content before the manifest",
    ({ content }) => [contentPart(content)],
    "invalid-argument",
    /first request has no manifest/,
  ],
  [
    "a second manifest",
    ({ manifest }) => [manifestPart(manifest), manifestPart(manifest)],
    "invalid-argument",
    /a request after the first has no content/,
  ],
  [
    "a manifest without a reference",
    ({ manifest }) => [manifestPart({ ...manifest, artifact: undefined })],
    "invalid-argument",
    /manifest\.artifact is missing/,
  ],
  [
    "metadata that are not JSON",
    ({ manifest }) => [manifestPart({ ...manifest, metadataJson: "{" })],
    "invalid-argument",
    /manifest\.metadata_json is not JSON/,
  ],
  [
    "metadata that are a list",
    ({ manifest }) => [manifestPart({ ...manifest, metadataJson: "[]" })],
    "invalid-argument",
    /manifest\.metadata_json is no JSON object/,
  ],
  ...["../x", "/etc/x", "a\0", "a//b", "artifact.json"].map(
    (path) =>
      [
        `the path ${JSON.stringify(path)}`,
        ({ manifest }: { readonly manifest: Manifest }) => [manifestPart(withFiles(manifest, path))],
        "invalid-argument",
        /the path ".*" of files\[0\] /,
      ] as const,
  ),
  [
    "a changed manifest",
    ({ manifest, content }) => [manifestPart({ ...manifest, metadataJson: "{}" }), contentPart(content)],
    "data-loss",
    /says digest/,
  ],
  [
    "a changed byte",
    ({ manifest }) => [manifestPart(manifest), contentPart(Buffer.from("abcdefgH"))],
    "data-loss",
    /gives b\.bin SHA-256/,
  ],
  [
    "an end before the end",
    ({ manifest }) => [manifestPart(manifest), contentPart(Buffer.from("abcd"))],
    "data-loss",
    /ends at byte 1 of b\.bin, which has 5/,
  ],
  [
    "bytes beyond the end",
    ({ manifest, content }) => [manifestPart(manifest), contentPart(content), contentPart(content)],
    "data-loss",
    /goes on after the 8 bytes/,
  ],
];
for (const [what, requests, code, message] of bad) {
  test(`a put of ${what} is refused, and nothing is left of it`, async () => {
    const before = await readdir(store.root);
    await assert.rejects(put(...requests(await newSample())), { code, message });
    assert.deepEqual(await readdir(store.root), before);
  });
}

test("a put that its caller breaks off leaves nothing, and can be made again", async () => {
  const { ref, manifest, content } = await newSample();
  const before = await readdir(store.root);
  const call = client.putArtifact();
  await call.send(manifestPart(manifest));
  const answers = call.responses[Symbol.asyncIterator]();
  assert.equal(((await answers.next()).value as PutArtifactResponse).state, PutState.PUT_STATE_WANTED);
  await call.send(contentPart(content.subarray(0, 4)));
  await entriesBecome(({ length }) => length === before.length + 1);
  call.cancel();
  await assert.rejects(answers.next(), { code: "cancelled" });
  await entriesBecome(({ length }) => length === before.length);
  assert.deepEqual(await readdir(store.root), before);
  await put(manifestPart(manifest), contentPart(content));
  await store.verify(ref);
});

/** Resolves when the store's folder is as `is` wants it; the service works on while it is looked at. */
async function entriesBecome(is: (entries: string[]) => boolean): Promise<void> {
  while (!is(await readdir(store.root))) await new Promise((resolve) => setImmediate(resolve));
}

test("a full disk is RESOURCE_EXHAUSTED, nothing is left, and the same put succeeds when there is room", async (t) => {
  const { ref, manifest, content } = await newSample();
  const before = await readdir(store.root);
  const handle = await open(join(root, "probe"), "w");
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const full = () =>
    Promise.reject(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" }));
  t.mock.method(prototype, "writeFile").mock.mockImplementationOnce(full, 1);
  await assert.rejects(put(manifestPart(manifest), contentPart(content)), {
    code: "resource-exhausted",
    message: /no space is left for artifact "sample"/,
  });
  assert.deepEqual(await readdir(store.root), before);
  await put(manifestPart(manifest), contentPart(content));
  await store.verify(ref);
});

const badRefs: readonly (readonly [string, ArtifactRef | undefined, RegExp])[] = [
  ["no reference", undefined, /artifact is missing/],
  ["a beginning of a digest", { kind: "sample", digest: "abcd" }, /artifact\.digest = "abcd" is not 64/],
  [
    "a kind that is a path",
    { kind: "../x", digest: ABSENT.digest },
    /artifact\.kind = "\.\.\/x" is not up to 40/,
  ],
];
for (const [what, artifact, message] of badRefs) {
  test(`get of ${what} is INVALID_ARGUMENT`, async () => {
    const all = async () => {
      for await (const _ of client.getArtifact({ artifact, offset: 0n }));
    };
    await assert.rejects(all(), { code: "invalid-argument", message });
  });
}

test("get of an artifact that is not there is NOT_FOUND, without this machine's folders", async () => {
  await assert.rejects(get(ABSENT), (error: Error & { code?: string }) => {
    assert.equal(error.code, "not-found");
    assert.match(
      error.message,
      /there is no artifact sample-000000000000 in this service's store; put it there/,
    );
    assert.ok(!error.message.includes(root));
    return true;
  });
});

test("get from beyond the end is OUT_OF_RANGE with both numbers", async () => {
  const { ref, manifest, content } = await newSample();
  await put(manifestPart(manifest), contentPart(content));
  await assert.rejects(get(ref, 9n), {
    code: "out-of-range",
    message: /offset = 9 is beyond the 8 bytes of sample-/,
  });
});

test("has tells which are whole, in the order of the question", async () => {
  const [one, two, cut] = [await newSample(), await newSample(), await newSample()];
  for (const { manifest, content } of [one, two, cut])
    await put(manifestPart(manifest), contentPart(content));
  await truncate(join((await store.open(cut.ref)).folder, "b.bin"), 1);
  const { present } = await client.hasArtifacts({ artifacts: [two.ref, ABSENT, cut.ref, one.ref] }, IN_TIME);
  assert.deepEqual(present, [two.ref, one.ref]);
});

test("has refuses too many references, and one that is none, by its place", async () => {
  const artifacts = new Array<ArtifactRef>(1001).fill(ABSENT);
  await assert.rejects(client.hasArtifacts({ artifacts }, IN_TIME), {
    code: "invalid-argument",
    message: /artifacts has 1001 references, and a call takes at most 1000/,
  });
  const second = { artifacts: [ABSENT, { kind: "sample", digest: "X" }] };
  await assert.rejects(client.hasArtifacts(second, IN_TIME), {
    code: "invalid-argument",
    message: /artifacts\[1\]\.digest = "X"/,
  });
});
