import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { artifactName } from "../artifact.js";
import type { ArtifactRef } from "../artifact.js";
import type { ArtifactPeer } from "../artifact-peer.js";
import { createArtifactStore } from "../artifact-store.js";
import type { ArtifactStore } from "../artifact-store.js";

/** A peer, and the store that it leads to: to look at, and to damage. */
export interface PeerUnderTest {
  readonly peer: ArtifactPeer;
  readonly close: () => Promise<void>;
}

/** Several parts on the wire, with ends of files within them and at their ends. */
const SIZES = { "a.bin": 0, "b/c.bin": 2 ** 20, "b/d.bin": 3 * 2 ** 20 + 17, "e.bin": 1, "f.bin": 0 };

/**
 * Registers what every way to another store has to keep as tests (node:test). Call it at the top level of a test file.
 *
 * @param make a peer that leads to the store `there`; the suite closes it
 */
export function describeArtifactPeer(
  name: string,
  make: (there: ArtifactStore) => Promise<PeerUnderTest>,
): void {
  describe(`${name} brings artifacts whole or not at all`, () => {
    const folders: string[] = [];
    after(async () => {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    });
    const open = async (
      use: (peer: ArtifactPeer, here: ArtifactStore, there: ArtifactStore) => Promise<void>,
    ) => {
      const root = await mkdtemp(join(tmpdir(), "worldmodels-peer-"));
      folders.push(root);
      const [here, there] = [
        createArtifactStore(join(root, "here")),
        createArtifactStore(join(root, "there")),
      ];
      const { peer, close } = await make(there);
      try {
        await use(peer, here, there);
      } finally {
        await close();
      }
    };

    test("what is sent is the same artifact there, and what is fetched the same here: every byte, metadata and maker", () =>
      open(async (peer, here, there) => {
        const ref = await writeSample(here);
        await peer.send(ref, here);
        await there.verify(ref);
        assert.deepEqual(await contentOf(there, ref), await contentOf(here, ref));
        const back = createArtifactStore(join(here.root, "..", "back"));
        await peer.fetch(ref, back);
        assert.deepEqual(await contentOf(back, ref), await contentOf(here, ref));
        assert.deepEqual(await back.verify(ref), {
          ...(await here.open(ref)),
          folder: (await back.open(ref)).folder,
        });
      }));

    test("an artifact without files is brought, too", () =>
      open(async (peer, here, there) => {
        const ref = await here.write("empty", { words: ["z", "ü"], n: 1e-7 }, () => Promise.resolve());
        await peer.send(ref, here);
        assert.deepEqual((await there.verify(ref)).metadata, { words: ["z", "ü"], n: 1e-7 });
      }));

    test("has says which are there with all of their files", () =>
      open(async (peer, here, there) => {
        const [whole, cut] = [await writeSample(there, 1), await writeSample(there, 2)];
        await truncate(join((await there.open(cut)).folder, "b", "c.bin"), 5);
        const absent = await writeSample(here, 3);
        assert.deepEqual(await peer.has([absent, whole, cut]), [whole]);
        assert.deepEqual(await peer.has([]), []);
      }));

    test("what is there already is not sent, and what is here already not fetched", () =>
      open(async (peer, here, there) => {
        const ref = await writeSample(here);
        await peer.send(ref, here);
        const empty = createArtifactStore(join(here.root, "..", "empty"));
        await peer.send(ref, here);
        assert.equal((await there.list()).length, 1);
        await rm(there.root, { recursive: true });
        await peer.fetch(ref, here);
        await assert.rejects(peer.fetch(ref, empty), { code: "not-found" });
      }));

    test("a damaged artifact there gives way to the one that is sent", () =>
      open(async (peer, here, there) => {
        const ref = await writeSample(here);
        await peer.send(ref, here);
        await truncate(join((await there.open(ref)).folder, "b", "d.bin"), 10);
        await peer.send(ref, here);
        await there.verify(ref);
      }));

    test("an artifact that is not there is named", () =>
      open(async (peer, here, there) => {
        const ref: ArtifactRef = { kind: "sample", digest: "0".repeat(64) };
        const absent = { code: "not-found", message: /sample-000000000000/ };
        await assert.rejects(peer.fetch(ref, here), absent);
        await assert.rejects(peer.send(ref, here), absent);
        for (const store of [here, there]) assert.deepEqual(await entriesOf(store), []);
      }));

    for (const [what, damage] of [
      ["a changed byte", (path: string) => writeFile(path, new Uint8Array(2 ** 20).fill(7))],
      ["a cut file", (path: string) => truncate(path, 100)],
      ["a missing file", (path: string) => rm(path)],
    ] as const) {
      test(`${what} is data-loss at its source, and leaves nothing where it was to go`, () =>
        open(async (peer, here, there) => {
          const ref = await writeSample(here);
          await damage(join((await here.open(ref)).folder, "b", "c.bin"));
          await assert.rejects(peer.send(ref, here), { code: "data-loss", message: /c\.bin/ });
          assert.deepEqual(await entriesOf(there), []);
          const other = await writeSample(there, 2);
          await damage(join((await there.open(other)).folder, "b", "c.bin"));
          const empty = createArtifactStore(join(here.root, "..", "empty"));
          await assert.rejects(peer.fetch(other, empty), { code: "data-loss", message: /c\.bin/ });
          assert.deepEqual(await entriesOf(empty), []);
        }));
    }

    test("several that send the same artifact at a time all succeed, and so do several that fetch it", () =>
      open(async (peer, here, there) => {
        const ref = await writeSample(here);
        await Promise.all([1, 2, 3].map(() => peer.send(ref, here)));
        assert.deepEqual(await entriesOf(there), [artifactName(ref)]);
        await there.verify(ref);
        const back = createArtifactStore(join(here.root, "..", "back"));
        await Promise.all([1, 2, 3].map(() => peer.fetch(ref, back)));
        assert.deepEqual(await entriesOf(back), [artifactName(ref)]);
        await back.verify(ref);
      }));

    test("a transfer whose signal is aborted throws its reason and leaves nothing", () =>
      open(async (peer, here, there) => {
        const ref = await writeSample(here);
        const signal = AbortSignal.abort(new Error("not any more"));
        await assert.rejects(peer.send(ref, here, { signal }), /not any more/);
        assert.deepEqual(await entriesOf(there), []);
        await peer.send(ref, here);
        const empty = createArtifactStore(join(here.root, "..", "empty"));
        await assert.rejects(peer.fetch(ref, empty, { signal }), /not any more/);
        assert.deepEqual(await entriesOf(empty), []);
      }));
  });
}

/** @param n tells samples apart */
function writeSample(store: ArtifactStore, n = 1): Promise<ArtifactRef> {
  const fill = async (folder: string) => {
    await mkdir(join(folder, "b"));
    for (const [path, size] of Object.entries(SIZES)) {
      await writeFile(join(folder, path), randomFillSync(new Uint8Array(size)));
    }
    await appendFile(join(folder, "e.bin"), String(n));
  };
  return store.write("sample", { n, nested: { z: 1, a: [null, "x"] } }, fill, { createdBy: "a test" });
}

async function contentOf(store: ArtifactStore, ref: ArtifactRef): Promise<Record<string, Buffer>> {
  const { folder, files } = await store.open(ref);
  const paths = [...files.map(({ path }) => path), "artifact.json"];
  const entries = paths.map(async (path) => [path, await readFile(join(folder, path))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** All that lies in a store's folder: unfinished work, too. */
async function entriesOf(store: ArtifactStore): Promise<string[]> {
  return readdir(store.root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}
