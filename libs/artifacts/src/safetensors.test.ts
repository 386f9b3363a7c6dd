import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
import type { StoredTensors } from "./safetensors.js";

const TENSORS: StoredTensors = {
  a: { shape: [1, 3], data: Uint8Array.of(1, 2, 3) },
  "enc/b/bias": { shape: [2], data: Float32Array.of(1.5, -2) },
  n: { shape: [2, 1], data: Int32Array.of(-1, 2147483647) },
  z: { shape: [1], data: Float64Array.of(1e300) },
};

// `safetensors.numpy.save` of the same tensors with metadata {"format": "worldmodels"}, recorded from
// Python's safetensors 0.8.0 with numpy 2.4.6.
const PYTHON_HEADER =
  '{"__metadata__":{"format":"worldmodels"},"z":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},' +
  '"enc/b/bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},' +
  '"n":{"dtype":"I32","shape":[2,1],"data_offsets":[16,24]},' +
  '"a":{"dtype":"U8","shape":[1,3],"data_offsets":[24,27]}}  ';
const PYTHON_DATA = "9c7500883ce4377e0000c03f000000c0ffffffffffffff7f010203";

function file(header: string, data: Uint8Array): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const pythonFile = file(PYTHON_HEADER, Buffer.from(PYTHON_DATA, "hex"));

test("the bytes are those that Python's safetensors writes", () => {
  const bytes = encodeSafetensors(TENSORS, { format: "worldmodels" });
  assert.equal(Buffer.from(bytes).toString("latin1"), Buffer.from(pythonFile).toString("latin1"));
});

test("a file that Python wrote is read back", () => {
  const { tensors, metadata } = decodeSafetensors(pythonFile);
  assert.deepEqual({ ...tensors }, TENSORS);
  assert.deepEqual(metadata, { format: "worldmodels" });
});

test("the bytes do not depend on the order in which tensors were given", () => {
  const reversed = Object.fromEntries(Object.entries(TENSORS).reverse());
  assert.deepEqual(encodeSafetensors(reversed), encodeSafetensors(TENSORS));
});

test("the data starts at a multiple of 8 bytes for headers of any length", () => {
  for (let length = 1; length <= 9; length++) {
    const bytes = encodeSafetensors({ ["n".repeat(length)]: { shape: [], data: Float32Array.of(1) } });
    assert.equal((bytes.length - 4) % 8, 0);
    assert.equal(decodeSafetensors(bytes).tensors["n".repeat(length)]?.data[0], 1);
  }
});

test("a file in the middle of a larger buffer is read", () => {
  const around = Buffer.concat([Buffer.alloc(3), pythonFile, Buffer.alloc(3)]);
  assert.deepEqual({ ...decodeSafetensors(around.subarray(3, -3)).tensors }, TENSORS);
});

test("no tensors make a valid file", () => {
  assert.deepEqual(decodeSafetensors(encodeSafetensors({})), { tensors: {}, metadata: {} });
});

test("a tensor that does not fill its shape is refused", () => {
  assert.throws(() => encodeSafetensors({ w: { shape: [2, 2], data: new Float32Array(3) } }), {
    code: "invalid-argument",
    message: 'tensor "w" has 3 elements, and its shape [2, 2] holds 4',
  });
});

const F32 = (offsets: string) => `{"w":{"dtype":"F32","shape":[2],"data_offsets":${offsets}}}`;
const broken: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["no header length", new Uint8Array(7), /7 bytes, fewer than the 8/],
  ["a cut header", pythonFile.subarray(0, 40), /header claims 272 bytes, and 32 follow/],
  ["cut data", pythonFile.subarray(0, -1), /has 306 bytes instead of 307/],
  ["bytes behind the data", Buffer.concat([pythonFile, Buffer.alloc(1)]), /has 308 bytes instead of 307/],
  ["a header that is not JSON", file("{nonsense}", new Uint8Array(0)), /header is not JSON/],
  ["a header that is a list", file("[]", new Uint8Array(0)), /header is not an object/],
  ["a hole before the data", file(F32("[4,12]"), new Uint8Array(12)), /"w" begins at byte 4 instead of 0/],
  ["offsets that do not fit the shape", file(F32("[0,4]"), new Uint8Array(4)), /4 bytes where \[2\] needs 8/],
  ["negative offsets", file(F32("[-8,0]"), new Uint8Array(0)), /lacks dtype, shape or data_offsets/],
];
for (const [what, bytes, sentence] of broken) {
  test(`${what}: the file is refused by name`, () => {
    assert.throws(() => decodeSafetensors(bytes, "w.safetensors"), { code: "data-loss", message: sentence });
    assert.throws(
      () => decodeSafetensors(bytes, "w.safetensors"),
      /^DomainError: w\.safetensors is not a whole/,
    );
  });
}

test("a type that cannot be read is named", () => {
  const bytes = file('{"w":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}', new Uint8Array(2));
  assert.throws(() => decodeSafetensors(bytes), { code: "unimplemented", message: /"w" .* type BF16/ });
});
