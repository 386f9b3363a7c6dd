import { createArtifactStore } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createModelCache } from "./model-cache.js";

const root = mkdtempSync(join(tmpdir(), "model-cache-"));
after(() => {
  rmSync(root, { recursive: true });
});
const store = createArtifactStore(root);
const refs = await Promise.all(
  [0, 1, 2, 3].map((i) =>
    store.write("vae", { i }, async (folder) => {
      writeFileSync(join(folder, "model"), String(i));
    }),
  ),
);
const digests = refs.map(({ digest }) => digest);
const [a = "", b = "", c = "", d = ""] = digests;

function createCache(options: { own?: string; most?: number; failures?: number } = {}) {
  const { own = "", most = 2 } = options;
  let { failures = 0 } = options;
  const events: string[] = [];
  const name = (digest: string) => "abcd"[digests.indexOf(digest)] ?? "?";
  const load = async (digest: string) => {
    if (failures-- > 0) throw new DomainError("data-loss", "damaged");
    events.push(`load ${name(digest)}`);
    return {
      name: name(digest),
      close: async () => {
        events.push(`close ${name(digest)}`);
      },
    };
  };
  return { events, cache: createModelCache({ store, kind: "vae", load, own, most }) };
}

const named = async ({ name }: { readonly name: string }) => name;

test("a model is loaded once, however many ask for it at a time and by which name", async () => {
  const { events, cache } = createCache();
  const names = [a, a.slice(0, 12), `vae-${a.slice(0, 12)}`];
  assert.deepEqual(await Promise.all(names.map((which) => cache.use(which, named))), ["a", "a", "a"]);
  assert.deepEqual(events, ["load a"]);
});

test("beyond the limit the least recently used is closed", async () => {
  const { events, cache } = createCache();
  for (const which of [a, b, a, c]) await cache.use(which, named);
  assert.deepEqual(events, ["load a", "load b", "load c", "close b"]);
});

test("a model in use is not closed before its user has finished", async () => {
  const { events, cache } = createCache({ most: 1 });
  let finish = () => {};
  const using = cache.use(a, () => new Promise<void>((resolve) => (finish = resolve)));
  await cache.use(b, named);
  await cache.use(c, named);
  assert.deepEqual(events, ["load a", "load b", "close b", "load c", "close c"]);
  finish();
  await using;
  await cache.use(d, named);
  assert.ok(events.includes("close a"));
});

test("an empty name is the service's own model, which stays loaded", async () => {
  const { events, cache } = createCache({ own: `vae-${d.slice(0, 12)}`, most: 1 });
  assert.equal(await cache.use("", named), "d");
  for (const which of [a, b]) await cache.use(which, named);
  assert.equal(await cache.use("", named), "d");
  assert.deepEqual(events, ["load d", "load a", "load b", "close a"]);
});

test("an empty name is refused where the service has no model of its own", async () => {
  await assert.rejects(createCache().cache.use("", named), {
    code: "failed-precondition",
    message: /^this service has no model of its own; name one/,
  });
});

test("an unknown name is the store's own refusal", async () => {
  await assert.rejects(createCache().cache.use("vae-000000000000", named), { code: "not-found" });
});

test("an artifact of another kind is refused without being read", async () => {
  const { digest } = await store.write("episodes", {}, async () => {});
  const { events, cache } = createCache();
  await assert.rejects(cache.use(digest, named), {
    code: "failed-precondition",
    message: /^episodes-[0-9a-f]{12} is not a vae; name an artifact of that kind$/,
  });
  assert.deepEqual(events, []);
});

test("a model that failed to load is tried again the next time", async () => {
  const { cache } = createCache({ failures: 1 });
  await assert.rejects(cache.use(a, named), { message: "damaged" });
  assert.equal(await cache.use(a, named), "a");
});

test("closing closes what is loaded", async () => {
  const { events, cache } = createCache();
  await cache.use(a, named);
  await cache.close();
  assert.deepEqual(events, ["load a", "close a"]);
});
