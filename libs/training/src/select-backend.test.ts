import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { isDomainError } from "@worldmodels/errors";
import { portableOps } from "./portable-ops.js";
import { selectBackend } from "./select-backend.js";
import type { LoadedBackend } from "./select-backend.js";

const loaded: LoadedBackend = { version: "2.21.0", ops: portableOps };
const absent: LoadedBackend = { problem: "it is not installed", installed: false };
const broken: LoadedBackend = { problem: "libcudart.so is missing", installed: true };

/** A loader that knows these packages and notes what it was asked for. */
function loaderOf(gpu: LoadedBackend, native: LoadedBackend) {
  const asked: string[] = [];
  const load = (name: string) => {
    asked.push(name);
    return Promise.resolve(name === "@tensorflow/tfjs-node-gpu" ? gpu : native);
  };
  return { asked, load };
}

test("auto takes a GPU build that is there, and asks for nothing else", async () => {
  const { asked, load } = loaderOf(loaded, loaded);
  assert.equal((await selectBackend("auto", load)).kind, "gpu");
  assert.deepEqual(asked, ["@tensorflow/tfjs-node-gpu"]);
});

test("auto without a GPU build takes the native one and says nothing of the GPU", async () => {
  const backend = await selectBackend("auto", loaderOf(absent, loaded).load);
  assert.deepEqual([backend.kind, backend.reason], ["native", "native TensorFlow on the CPU"]);
});

test("auto says why a GPU build that is installed was not taken", async () => {
  const backend = await selectBackend("auto", loaderOf(broken, loaded).load);
  assert.equal(
    backend.reason,
    "native TensorFlow on the CPU; TensorFlow's GPU build does not load: libcudart.so is missing",
  );
});

test("native does not even look for a GPU build", async () => {
  const { asked, load } = loaderOf(loaded, loaded);
  assert.equal((await selectBackend("native", load)).kind, "native");
  assert.deepEqual(asked, ["@tensorflow/tfjs-node"]);
});

test("wasm is the last resort, says why, and can do what training needs", async () => {
  const backend = await selectBackend("auto", loaderOf(absent, absent).load);
  assert.equal(backend.kind, "wasm");
  assert.match(
    backend.reason,
    /about 30 times slower .*; native TensorFlow does not load: it is not installed/,
  );
  assert.equal(tf.getBackend(), "wasm");
  assert.ok(tf.getKernel("Conv2DBackpropFilter", "wasm"));
});

for (const preference of ["gpu", "native"] as const) {
  test(`${preference} that is asked for and not there is an error that says what to do`, async () => {
    await assert.rejects(
      selectBackend(preference, loaderOf(absent, absent).load),
      (error) =>
        isDomainError(error, "unavailable") &&
        /cannot be had: it is not installed; .*another backend/.test(error.message),
    );
  });
}
