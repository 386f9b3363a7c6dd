import { DomainError } from "@worldmodels/errors";
import { encode } from "fast-png";
import type { Pictures } from "../report-data.js";

/** A PNG as a `data:` URI, with its size in pixels. */
export interface DataImage {
  readonly uri: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Lays pictures out row by row on one sheet; places left over are black.
 *
 * @throws DomainError `invalid-argument` where `data` has another length than the shape says
 */
export function pictureSheet(pictures: Pictures, columns: number): DataImage {
  assertPictures(pictures);
  const { count, height, width, data } = pictures;
  const rows = Math.ceil(count / columns);
  const sheetWidth = columns * width;
  const sheet = new Uint8Array(rows * height * sheetWidth * 3);
  for (let k = 0; k < count; k++) {
    const left = (k % columns) * width;
    const top = Math.floor(k / columns) * height;
    for (let y = 0; y < height; y++) {
      const from = (k * height + y) * width * 3;
      sheet.set(data.subarray(from, from + width * 3), ((top + y) * sheetWidth + left) * 3);
    }
  }
  return encodePng(sheet, sheetWidth, rows * height);
}

/** @param data uint8 RGB `[height, width, 3]` */
export function encodePng(data: Uint8Array, width: number, height: number): DataImage {
  const bytes = encode({ width, height, data, channels: 3, depth: 8 }, { zlib: { level: 9 } });
  return { uri: `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`, width, height };
}

/** Picture `index` alone, sharing memory. */
export function pictureAt(pictures: Pictures, index: number): Pictures {
  const size = pictures.height * pictures.width * 3;
  return { ...pictures, count: 1, data: pictures.data.subarray(index * size, (index + 1) * size) };
}

/** Every `stride`-th picture, copied. */
export function everyPicture(pictures: Pictures, stride: number): Pictures {
  assertPictures(pictures);
  const size = pictures.height * pictures.width * 3;
  const count = Math.ceil(pictures.count / stride);
  const data = new Uint8Array(count * size);
  for (let k = 0; k < count; k++) data.set(pictureAt(pictures, k * stride).data, k * size);
  return { ...pictures, count, data };
}

function assertPictures({ count, height, width, data }: Pictures): void {
  if (count > 0 && height > 0 && width > 0 && data.length === count * height * width * 3) return;
  throw new DomainError(
    "invalid-argument",
    `the report was given ${data.length} bytes for ${count} RGB pictures of ${width} x ${height}, which take ${count * height * width * 3}`,
  );
}
