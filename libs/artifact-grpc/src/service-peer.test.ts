import { createArtifactStore } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { connect, parseAddress, serve, startServer } from "@worldmodels/grpc-kit";
import type { Handlers } from "@worldmodels/grpc-kit";
import { ArtifactServiceService } from "@worldmodels/proto/artifact";
import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { TestContext } from "node:test";
import { newStore, startArtifactService } from "./artifact-service.test-helper.js";
import { createServicePeer } from "./service-peer.js";
import { toManifestMessage } from "./manifest-message.js";

const root = await mkdtemp(join(tmpdir(), "service-peer-"));
after(() => rm(root, { recursive: true }));

const MEBIBYTE = 2 ** 20;

function writeLarge(store: ArtifactStore, mebibytes: number): Promise<ArtifactRef> {
  return store.write("sample", { mebibytes }, async (folder) => {
    await writeFile(join(folder, "a.bin"), randomFillSync(Buffer.alloc(mebibytes * MEBIBYTE)));
  });
}

test("64 MiB are fetched through a service that stops in mid-artifact and comes back: no byte twice, none missing", async () => {
  const [here, there] = [await newStore(root), await newStore(root)];
  const ref = await writeLarge(there, 64);
  const socket = join(root, "returning");
  const first = await startArtifactService(there, socket);
  const said: string[] = [];
  let revival: ReturnType<typeof startArtifactService> | undefined;
  const peer = createServicePeer(first.connection);
  const moved: number[] = [];
  await peer.fetch(ref, here, {
    onContact: (sentence) => said.push(sentence),
    onBytes: (done, total) => {
      assert.equal(total, 64 * MEBIBYTE);
      moved.push(done);
      if (done >= 8 * MEBIBYTE) revival ??= first.stop().then(() => startArtifactService(there, socket));
    },
  });
  await here.verify(ref);
  assert.deepEqual(
    moved,
    [...moved].sort((a, b) => a - b),
  );
  assert.equal(moved.at(-1), 64 * MEBIBYTE);
  assert.deepEqual(
    said.map((sentence) => sentence.replace(/ \(.*\)/, "")),
    [
      `the service at ${first.address} is out of reach; waiting for it`,
      `the service at ${first.address} is back`,
    ],
  );
  await first.close();
  await (await revival)?.close();
});

test("64 MiB whose sending is broken off leave nothing, and are sent again", async () => {
  const [here, there] = [await newStore(root), await newStore(root)];
  const ref = await writeLarge(here, 64);
  const service = await startArtifactService(there);
  const peer = createServicePeer(service.connection);
  const abort = new AbortController();
  const sending = peer.send(ref, here, {
    signal: abort.signal,
    onBytes: (done) => {
      if (done >= 8 * MEBIBYTE) abort.abort(new Error("enough"));
    },
  });
  await assert.rejects(sending, /enough/);
  while ((await readdir(there.root)).length > 0) await new Promise((resolve) => setImmediate(resolve));
  await peer.send(ref, here);
  await there.verify(ref);
  await service.close();
});

test("a service that goes in mid-sending is unavailable, for the caller to begin anew", async () => {
  const [here, there] = [await newStore(root), await newStore(root)];
  const ref = await writeLarge(here, 64);
  const service = await startArtifactService(there);
  const peer = createServicePeer(service.connection);
  let stopping: Promise<void> | undefined;
  const sending = peer.send(ref, here, {
    onBytes: () => {
      stopping ??= service.stop();
    },
  });
  await assert.rejects(sending, { code: "unavailable" });
  await stopping;
  assert.deepEqual(await readdir(there.root), []);
  await service.close();
});

test("a service that does not come back is one sentence with the artifact and its address", async () => {
  const connection = connect(`unix:${join(root, "nobody")}`);
  const peer = createServicePeer(connection, { patienceMs: 0 });
  await assert.rejects(peer.fetch({ kind: "vae", digest: "ab".repeat(32) }, await newStore(root)), {
    code: "unavailable",
    message:
      /^vae-abababababab could not be fetched: the service at unix:.*nobody was out of reach for 0 s \(.*\); start it again/,
  });
  connection.close();
});

/** A peer of a service that is not ours: `get` makes the answers. */
async function strangePeer(
  t: TestContext,
  get: Handlers<typeof ArtifactServiceService>["getArtifact"],
  options: { readonly stallMs?: number } = {},
) {
  const address = `unix:${join(await mkdtemp(join(root, "strange-")), "s")}`;
  const never = () => Promise.reject(new Error("not asked for here"));
  const handlers = {
    hasArtifacts: never,
    getArtifact: get,
    putArtifact: () => assert.fail("not asked for here"),
  };
  const server = await startServer({
    listen: parseAddress(address, "listen"),
    services: [serve(ArtifactServiceService, handlers)],
    onBug: () => undefined,
  });
  const connection = connect(address);
  t.after(async () => {
    connection.close();
    await server.stop({ graceMs: 2000 });
  });
  return createServicePeer(connection, { patienceMs: 0, ...options });
}

const source = createArtifactStore(join(root, "source"));
const [wanted, other] = [await writeLarge(source, 1), await writeLarge(source, 2)];
const manifestOf = async (ref: ArtifactRef) => ({
  part: { $case: "manifest", value: toManifestMessage(await source.open(ref)) } as const,
});
const contentOf = (value: Uint8Array) => ({ part: { $case: "content", value } as const });

test("content that is not what the manifest says is data-loss, and nothing is kept", async (t) => {
  const here = await newStore(root);
  const peer = await strangePeer(t, async function* () {
    yield await manifestOf(wanted);
    yield contentOf(new Uint8Array(MEBIBYTE));
  });
  await assert.rejects(peer.fetch(wanted, here), { code: "data-loss", message: /gives a\.bin SHA-256/ });
  assert.deepEqual(await readdir(here.root), []);
});

test("a service that sends another artifact, or content first, is refused", async (t) => {
  const here = await newStore(root);
  const another = await strangePeer(t, async function* () {
    yield await manifestOf(other);
  });
  await assert.rejects(another.fetch(wanted, here), {
    code: "failed-precondition",
    message: /breaks the contract of ArtifactService: it sends sample-\w+ where sample-\w+ was asked for/,
  });
  const headless = await strangePeer(t, async function* () {
    yield await Promise.resolve(contentOf(new Uint8Array(1)));
  });
  await assert.rejects(headless.fetch(wanted, here), { code: "failed-precondition", message: /no manifest/ });
});

test("a transfer that stands still is given up with what to do", async (t) => {
  const here = await newStore(root);
  const peer = await strangePeer(
    t,
    async function* (_, { signal }) {
      yield await manifestOf(wanted);
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
    { stallMs: 50 },
  );
  await assert.rejects(peer.fetch(wanted, here), {
    code: "unavailable",
    message: /nothing of sample-\w+ has moved for 0\.05 s/,
  });
  assert.deepEqual(await readdir(here.root), []);
});
