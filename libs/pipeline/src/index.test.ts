import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import "./index.js";
import "./stages.js";

test("what only starts stages loads neither ONNX Runtime nor TensorFlow", () => {
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  assert.deepEqual(
    loaded.filter((path) => /onnxruntime|@tensorflow|\.node$/.test(path)),
    [],
  );
});
