import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";

/** One row of z, h and c. */
export interface DreamRow {
  readonly latent: Float32Array;
  readonly hidden: Float32Array;
  readonly cell: Float32Array;
}

/**
 * Views of every row, made once: making one costs as much as copying what it shows.
 *
 * @param all `[rows, latentDim]` and `[rows, hidden]`
 */
export function viewRows(all: DreamRow, { latentDim, hidden: units }: MdnRnnConfig): readonly DreamRow[] {
  return Array.from({ length: all.latent.length / latentDim }, (_, row) => ({
    latent: all.latent.subarray(row * latentDim, (row + 1) * latentDim),
    hidden: all.hidden.subarray(row * units, (row + 1) * units),
    cell: all.cell.subarray(row * units, (row + 1) * units),
  }));
}

/** Rows of zeros. */
export function createRows(count: number, config: MdnRnnConfig): readonly DreamRow[] {
  const zeros = (width: number): Float32Array => new Float32Array(count * width);
  const { latentDim, hidden } = config;
  return viewRows({ latent: zeros(latentDim), hidden: zeros(hidden), cell: zeros(hidden) }, config);
}
