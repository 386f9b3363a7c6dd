import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { artifactName } from "./artifact.js";
import { createArtifactStore } from "./artifact-store.js";
import type { ArtifactStore } from "./artifact-store.js";

const root = await mkdtemp(join(tmpdir(), "artifacts-"));
after(() => rm(root, { recursive: true }));

async function newStore(): Promise<ArtifactStore> {
  return createArtifactStore(join(await mkdtemp(join(root, "test-")), "store"));
}

async function fillTwoFiles(folder: string): Promise<void> {
  await mkdir(join(folder, "deep"));
  await writeFile(join(folder, "deep", "b.bin"), new Uint8Array(5000).fill(7));
  await writeFile(join(folder, "a.txt"), "hello");
}

test("what is written can be opened by reference, digest, prefix and name", async () => {
  const store = await newStore();
  const ref = await store.write("sample", { steps: 3 }, fillTwoFiles, { createdBy: "a test" });
  for (const which of [ref, ref.digest, ref.digest.slice(0, 4), ref.digest.slice(0, 20), artifactName(ref)]) {
    const artifact = await store.open(which);
    assert.equal(artifact.digest, ref.digest);
    assert.deepEqual(artifact.metadata, { steps: 3 });
    assert.deepEqual(
      artifact.files.map(({ path, bytes }) => [path, bytes]),
      [
        ["a.txt", 5],
        ["deep/b.bin", 5000],
      ],
    );
    assert.equal(await readFile(join(artifact.folder, "a.txt"), "utf8"), "hello");
  }
  assert.deepEqual(
    (await store.list()).map(({ createdBy }) => createdBy),
    ["a test"],
  );
});

test("the same content is the same artifact in any store, whoever made it", async () => {
  const [one, other] = [await newStore(), await newStore()];
  const ref = await one.write("sample", { a: 1, b: 2 }, fillTwoFiles);
  assert.deepEqual(await other.write("sample", { b: 2, a: 1 }, fillTwoFiles, { createdBy: "you" }), ref);
  assert.deepEqual(await one.write("sample", { a: 1, b: 2 }, fillTwoFiles), ref);
  assert.deepEqual(await readdir(one.root), [artifactName(ref)]);
});

const other: readonly (readonly [string, (store: ArtifactStore) => Promise<{ digest: string }>])[] = [
  ["kind", (store) => store.write("specimen", { steps: 3 }, fillTwoFiles)],
  ["metadata", (store) => store.write("sample", { steps: 4 }, fillTwoFiles)],
  [
    "file",
    (store) =>
      store.write("sample", { steps: 3 }, async (folder) => {
        await fillTwoFiles(folder);
        await appendFile(join(folder, "a.txt"), "!");
      }),
  ],
];
for (const [what, write] of other) {
  test(`another ${what} gives another digest`, async () => {
    const store = await newStore();
    const ref = await store.write("sample", { steps: 3 }, fillTwoFiles);
    assert.notEqual((await write(store)).digest, ref.digest);
  });
}

const damages: readonly (readonly [string, RegExp, (folder: string) => Promise<void>])[] = [
  ["a file that was cut", /a\.txt has 2 bytes instead of 5/, (folder) => truncate(join(folder, "a.txt"), 2)],
  ["a missing file", /deep\/b\.bin is missing/, (folder) => rm(join(folder, "deep", "b.bin"))],
  [
    "a changed byte",
    /a\.txt has SHA-256 [0-9a-f]{12}… instead of 2cf24dba5fb0…/,
    (folder) => writeFile(join(folder, "a.txt"), "hellO"),
  ],
  ["a foreign file", /c\.txt does not belong to it/, (folder) => writeFile(join(folder, "c.txt"), "")],
  [
    "changed metadata",
    /artifact\.json has digest/,
    async (folder) => {
      const path = join(folder, "artifact.json");
      await writeFile(path, (await readFile(path, "utf8")).replace('"steps": 3', '"steps": 4'));
    },
  ],
];
for (const [what, sentence, damage] of damages) {
  test(`verify names ${what}, and writing it again heals it`, async () => {
    const store = await newStore();
    const write = () => store.write("sample", { steps: 3 }, fillTwoFiles);
    const ref = await write();
    const { folder } = await store.verify(ref);
    await damage(folder);
    await assert.rejects(store.verify(ref), { code: "data-loss", message: sentence });
    assert.deepEqual(await write(), ref);
    await store.verify(ref);
  });
}

test("open notices a cut file without reading it all", async () => {
  const store = await newStore();
  const ref = await store.write("sample", {}, fillTwoFiles);
  await truncate(join(store.root, artifactName(ref), "deep", "b.bin"), 100);
  await assert.rejects(store.open(ref), {
    code: "data-loss",
    message: /b\.bin .*has 100 bytes instead of 5000/,
  });
});

test("a full disk is one sentence, and nothing is left behind", async () => {
  const store = await newStore();
  const fill = async (folder: string) => {
    await fillTwoFiles(folder);
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  await assert.rejects(store.write("sample", {}, fill), {
    code: "resource-exhausted",
    message: /^no space is left for artifact "sample" at /,
  });
  assert.deepEqual(await readdir(store.root), []);
});

test("a writer killed half-way leaves nothing that opens, and the next writer sweeps its folder", async () => {
  const store = await newStore();
  const script = `
    import { writeFileSync } from "node:fs";
    import { createArtifactStore } from "@worldmodels/artifacts";
    await createArtifactStore(process.argv[1]).write("sample", {}, async (folder) => {
      writeFileSync(folder + "/half.bin", "half");
      process.kill(process.pid, "SIGKILL");
    });`;
  const condition = ["-C", "@worldmodels/source", "--import", "tsx"];
  const args = [...condition, "--input-type=module", "-e", script, store.root];
  const { signal } = spawnSync(process.execPath, args, { cwd: new URL("..", import.meta.url) });
  assert.equal(signal, "SIGKILL");
  assert.equal((await readdir(store.root)).length, 1);
  assert.deepEqual(await store.list(), []);
  const ref = await store.write("sample", {}, fillTwoFiles);
  assert.deepEqual(await readdir(store.root), [artifactName(ref)]);
});

test("the folder of a writer that is still at work is not swept", async () => {
  const store = await newStore();
  const outer = await store.write("sample", { outer: true }, async (folder) => {
    await store.write("sample", { outer: false }, fillTwoFiles);
    await fillTwoFiles(folder);
  });
  await store.verify(outer);
});

for (const [which, sentence] of [
  ["0000", /there is no artifact 0000 in /],
  ["vae", /there is no artifact "vae".* its first 4 digits/],
] as const) {
  test(`open "${which}" says that there is none`, async () => {
    await assert.rejects((await newStore()).open(which), { code: "not-found", message: sentence });
  });
}

test("a prefix that fits several artifacts is refused with their names", async () => {
  const store = await newStore();
  // Two real digests with four equal digits are rare; folders with such names do.
  for (const name of ["sample-abcd00000001", "sample-abcd00000002"]) {
    await mkdir(join(store.root, name), { recursive: true });
  }
  await assert.rejects(store.open("abcd"), {
    code: "invalid-argument",
    message: /fits 2 artifacts .*sample-abcd00000001, sample-abcd00000002/,
  });
});

test("a kind that would make a bad folder name is refused", async () => {
  await assert.rejects((await newStore()).write("../x", {}, fillTwoFiles), { code: "invalid-argument" });
});
