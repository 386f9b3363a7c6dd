import assert from "node:assert/strict";
import { mkdir, mkdtemp, open, readdir, rm, symlink, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { artifactDigest, artifactName } from "./artifact.js";
import type { ArtifactFile, ArtifactManifest } from "./artifact.js";
import { contentBytes, readContent } from "./artifact-content.js";
import { createArtifactStore } from "./artifact-store.js";
import type { Artifact } from "./artifact.js";
import type { ArtifactStore } from "./artifact-store.js";

const root = await mkdtemp(join(tmpdir(), "receive-"));
after(() => rm(root, { recursive: true }));
const newStore = async () => createArtifactStore(join(await mkdtemp(join(root, "test-")), "store"));

const source = await newStore();
const ref = await source.write("sample", { n: 1 }, async (folder) => {
  await mkdir(join(folder, "b"));
  await writeFile(join(folder, "a.bin"), "abc");
  await writeFile(join(folder, "b", "c.bin"), "defgh");
  await writeFile(join(folder, "z.bin"), "");
});
const sample = await source.open(ref);
const { folder: _, ...manifest } = sample;

async function* inParts(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(Buffer.from(part));
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of content) text += Buffer.from(part).toString();
  return text;
}

for (const parts of [["abcdefgh"], ["a", "b", "c", "d", "e", "f", "g", "h"], ["ab", "", "cde", "fgh", ""]]) {
  test(`a content in parts of ${parts.map(({ length }) => length).join(", ")} bytes becomes the same artifact`, async () => {
    const store = await newStore();
    await store.receive(manifest, inParts(...parts));
    const received = await store.verify(ref);
    assert.deepEqual({ ...received, folder: "" }, { ...sample, folder: "" });
    await store.receive(manifest, inParts(...parts));
    assert.deepEqual(await readdir(store.root), [artifactName(ref)]);
  });
}

test("a content is read from any byte on", async () => {
  assert.equal(contentBytes(sample), 8);
  for (let offset = 0; offset <= 8; offset++) {
    assert.equal(await textOf(readContent(sample, { offset })), "abcdefgh".slice(offset));
  }
});

for (const [what, parts, sentence] of [
  [
    "a changed byte",
    ["abcdefgH"],
    /gives b\/c\.bin SHA-256 [0-9a-f]{12}… instead of [0-9a-f]{12}…; nothing was kept/,
  ],
  ["too few bytes", ["abcde"], /ends at byte 2 of b\/c\.bin, which has 5/],
  ["too many bytes", ["abcdefgh", "", "i"], /goes on after the 8 bytes of its manifest/],
  ["no bytes", [], /ends at byte 0 of a\.bin, which has 3/],
] as const) {
  test(`${what} are refused, and nothing is left`, async () => {
    const store = await newStore();
    await assert.rejects(store.receive(manifest, inParts(...parts)), {
      code: "data-loss",
      message: sentence,
    });
    assert.deepEqual(await readdir(store.root), []);
  });
}

test("a content that breaks off throws its own error and leaves nothing", async () => {
  const store = await newStore();
  const broken = async function* () {
    yield* inParts("abcd");
    throw new Error("the line is dead");
  };
  await assert.rejects(store.receive(manifest, broken()), /the line is dead/);
  assert.deepEqual(await readdir(store.root), []);
});

/** `change` of the manifest, with the digest that the result has. */
function changed(change: Partial<ArtifactManifest>): ArtifactManifest {
  const other = { ...manifest, ...change };
  return { ...other, digest: artifactDigest(other.kind, other.metadata, other.files) };
}
const file = (path: string, rest: Partial<ArtifactFile> = {}): ArtifactFile => ({
  ...{ path, bytes: 0, sha256: "0".repeat(64) },
  ...rest,
});

for (const [what, bad, sentence] of [
  [
    "a path up",
    changed({ files: [file("../x")] }),
    /the path "\.\.\/x" of files\[0\] has a part that is empty/,
  ],
  ["an absolute path", changed({ files: [file("/etc/x")] }), /the path "\/etc\/x" of files\[0\] is absolute/],
  ["a path with NUL", changed({ files: [file("a\0")] }), /the path "a\\u0000" of files\[0\] has a NUL/],
  ["a manifest in the manifest", changed({ files: [file("artifact.json")] }), /is the manifest's own/],
  ["a kind that is a path", changed({ kind: "../x" }), /artifact kind "\.\.\/x" must be/],
  [
    "files out of order",
    changed({ files: [file("b"), file("a")] }),
    /not sorted by path: "a" comes after "b"/,
  ],
  ["a file twice", changed({ files: [file("a"), file("a")] }), /not sorted by path: "a" comes after "a"/],
  ["a file as a folder", changed({ files: [file("a"), file("a/b")] }), /a is both a file and a folder/],
  [
    "a size below 0",
    changed({ files: [file("a", { bytes: -1 })] }),
    /the size -1 of a is no number of bytes/,
  ],
  [
    "sizes beyond all disks",
    changed({ files: ["a", "b"].map((a) => file(a, { bytes: 2 ** 53 - 1 })) }),
    /no disk holds/,
  ],
  [
    "a digest of a file that is none",
    changed({ files: [file("a", { sha256: "x" })] }),
    /the sha256 "x" of a is not 64/,
  ],
  ["a digest that is none", { ...manifest, digest: "../" }, /its digest "\.\.\/" is not 64/],
] as const) {
  test(`a manifest with ${what} is refused before anything is read or written`, async () => {
    const store = await newStore();
    const unread = { [Symbol.asyncIterator]: () => assert.fail("it was read") };
    await assert.rejects(store.receive(bad, unread), { code: "invalid-argument", message: sentence });
    await assert.rejects(readdir(store.root), { code: "ENOENT" });
  });
}

test("a manifest that has been changed is data-loss", async () => {
  const store = await newStore();
  const bad = { ...manifest, metadata: { n: 2 } };
  await assert.rejects(store.receive(bad, inParts("abcdefgh")), {
    code: "data-loss",
    message: /says digest [0-9a-f]{12}… where its files and metadata give/,
  });
});

test("an artifact for which the disk has no room is refused before it is read", async () => {
  const store = await newStore();
  const huge = changed({ files: [file("a", { bytes: 2 ** 52 })] });
  const unread = { [Symbol.asyncIterator]: () => assert.fail("it was read") };
  await assert.rejects(store.receive(huge, unread), {
    code: "resource-exhausted",
    message:
      /^artifact "sample" has 4503599627370496 bytes, and \d+ are free at .*: free some space and give/,
  });
  assert.deepEqual(await readdir(store.root), []);
});

test("a disk that is full in mid-content is one sentence, and nothing is left", async (t) => {
  const store = await newStore();
  const handle = await open(join(root, "probe"), "w");
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const full = () =>
    Promise.reject(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" }));
  t.mock.method(prototype, "writeFile").mock.mockImplementationOnce(full, 1);
  await assert.rejects(store.receive(manifest, inParts("abc", "defgh")), {
    code: "resource-exhausted",
    message: /^no space is left for artifact "sample" at .*; nothing was changed: free some space/,
  });
  assert.deepEqual(await readdir(store.root), []);
});

for (const [what, place] of [
  ["a link instead of a file", async (folder: string) => symlink("/etc/hostname", join(folder, "a.bin"))],
  [
    "a link instead of a folder",
    async (folder: string) => {
      await mkdir(join(folder, "..", "elsewhere"), { recursive: true });
      await writeFile(join(folder, "..", "elsewhere", "a.bin"), "secret");
      await symlink("../elsewhere", join(folder, "deep"));
    },
  ],
] as const) {
  test(`${what} is not followed out of an artifact`, async () => {
    const folder = await mkdtemp(join(root, "links-"));
    await place(folder);
    const path = what.endsWith("folder") ? "deep/a.bin" : "a.bin";
    const artifact: Artifact = { ...sample, files: [file(path, { bytes: 6 })], folder };
    await assert.rejects(textOf(readContent(artifact)), {
      code: "data-loss",
      message: /a\.bin of artifact .* is a symbolic link, or lies behind one; remove the folder/,
    });
  });
}

test("a file that is cut while it is read is data-loss", async () => {
  const store: ArtifactStore = await newStore();
  await store.receive(manifest, inParts("abcdefgh"));
  const artifact = await store.open(ref);
  await writeFile(join(artifact.folder, "b", "c.bin"), "d");
  await assert.rejects(textOf(readContent(artifact)), {
    code: "data-loss",
    message: /b\/c\.bin of artifact .* has 1 bytes instead of 5/,
  });
});
