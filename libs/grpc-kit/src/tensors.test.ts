import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { Dtype, Tensor } from "@worldmodels/proto/tensor";
import { assertFiniteTensor, bytesOf, readTensor, toTensor, viewOf } from "./tensors.js";

const { DTYPE_FLOAT32, DTYPE_FLOAT64, DTYPE_UINT8 } = Dtype;

/** The same bytes, `offset` bytes into a buffer of their own. */
function shifted(bytes: Uint8Array, offset: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes.byteLength + offset);
  whole.set(bytes, offset);
  return whole.subarray(offset);
}

const refused = (sentence: string) => (error: unknown) => {
  assert.ok(isDomainError(error, "invalid-argument"), String(error));
  assert.equal(error.message, sentence);
  return true;
};

describe("tensors", () => {
  for (const [name, data, dtype] of [
    ["uint8", Uint8Array.of(0, 127, 255, 1, 2, 3), DTYPE_UINT8],
    ["float32", Float32Array.of(0, -1.5, 3e38, -0, Infinity, NaN), DTYPE_FLOAT32],
    ["float64", Float64Array.of(0, -1.5, 1e308, -0, Infinity, NaN), DTYPE_FLOAT64],
  ] as const) {
    it(`${name} comes back from the wire as it went`, () => {
      const sent = toTensor(data, [2, 3]);
      assert.equal(sent.dtype, dtype);
      const received = Tensor.decode(Tensor.encode(sent).finish());
      assert.deepEqual(readTensor(received, "x", dtype as Dtype.DTYPE_FLOAT32, [undefined, 3]), data);
    });

    for (let offset = 0; offset < 9; offset++) {
      it(`${name} is read at ${offset} bytes into a message`, () => {
        const tensor = { dtype, shape: [6], data: shifted(bytesOf(data), offset) };
        assert.deepEqual(readTensor(tensor, "x", dtype as Dtype.DTYPE_FLOAT32, [6]), data);
      });
    }
  }

  it("a message's bytes are a view of the array that it was made of", () => {
    const data = Float32Array.of(1, 2, 3).subarray(1);
    const { data: bytes } = toTensor(data, [2]);
    assert.equal(bytes.buffer, data.buffer);
    data[0] = 7;
    assert.deepEqual(viewOf(bytes, DTYPE_FLOAT32), Float32Array.of(7, 3));
  });

  it("aligned bytes are read as a view, others as a copy", () => {
    const whole = new Uint8Array(16);
    const aligned = viewOf(whole.subarray(4, 12), DTYPE_FLOAT32);
    const other = viewOf(whole.subarray(5, 13), DTYPE_FLOAT32);
    assert.equal(aligned.buffer, whole.buffer);
    assert.notEqual(other.buffer, whole.buffer);
    assert.equal(viewOf(whole.subarray(5, 13), DTYPE_UINT8).buffer, whole.buffer);
    assert.notEqual(viewOf(whole.subarray(4, 12), DTYPE_FLOAT64).buffer, whole.buffer);
  });

  it("a copy of a part of Node's shared buffer holds that part alone", () => {
    const pooled = Buffer.from(bytesOf(Float32Array.of(1, 2)));
    const data = viewOf(Buffer.concat([Buffer.of(9), pooled]).subarray(1), DTYPE_FLOAT32);
    assert.deepEqual(data, Float32Array.of(1, 2));
    assert.equal(data.byteLength, 8);
  });

  const tensor = toTensor(new Float32Array(6), [2, 3]);
  it("a tensor that is missing is refused", () => {
    assert.throws(
      () => readTensor(undefined, "frames", DTYPE_UINT8, [undefined, 64, 64, 3]),
      refused("frames is missing; it must be uint8 [rows, 64, 64, 3]"),
    );
  });

  for (const [what, change, sentence] of [
    ["another dtype", { dtype: DTYPE_FLOAT64 }, "has dtype float64; it must be float32 [rows, 3]"],
    ["no dtype", { dtype: Dtype.DTYPE_UNSPECIFIED }, "has dtype unspecified; it must be float32 [rows, 3]"],
    [
      "a dtype of the future",
      { dtype: JSON.parse("99") as Dtype },
      "has dtype 99; it must be float32 [rows, 3]",
    ],
    ["another rank", { shape: [6] }, "has shape [6]; it must be float32 [rows, 3]"],
    ["another size", { shape: [3, 2] }, "has shape [3, 2]; it must be float32 [rows, 3]"],
    ["no rows", { shape: [0, 3], data: new Uint8Array(0) }, "has shape [0, 3]; it must be float32 [rows, 3]"],
    ["too few bytes", { shape: [3, 3] }, "has 24 bytes; its shape needs 36"],
    ["too many bytes", { shape: [1, 3] }, "has 24 bytes; its shape needs 12"],
    ["part of an element", { data: new Uint8Array(23) }, "has 23 bytes; its shape needs 24"],
    [
      "a shape of more than there is memory",
      { shape: [4294967295, 3] },
      "has 24 bytes; its shape needs 51539607540",
    ],
  ] as const) {
    it(`${what} is refused with what it must be`, () => {
      assert.throws(
        () =>
          readTensor(
            { ...tensor, ...change, shape: [...(change.shape ?? tensor.shape)] },
            "z",
            DTYPE_FLOAT32,
            [undefined, 3],
          ),
        refused(`z ${sentence}`),
      );
    });
  }

  it("a scalar has an empty shape", () => {
    assert.deepEqual(
      readTensor(toTensor(Float64Array.of(5), []), "x", DTYPE_FLOAT64, []),
      Float64Array.of(5),
    );
  });

  for (const value of [NaN, Infinity, -Infinity]) {
    it(`${value} is refused with its place`, () => {
      assert.throws(
        () => assertFiniteTensor("latent", Float32Array.of(0, 1, value)),
        refused(`latent[2] = ${value} is not a finite number`),
      );
    });
  }

  it("finite numbers pass, the largest among them", () => {
    assertFiniteTensor("latent", Float64Array.of(0, -0, Number.MAX_VALUE, Number.MIN_VALUE));
  });
});
