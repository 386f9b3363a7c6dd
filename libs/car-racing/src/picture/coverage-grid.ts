import { blendSpan, packColour } from "./colour.js";
import { ColourRuns } from "./colour-runs.js";

/** Numbers per edge in an edge list: x0, y0, x1, y1 (pixels), then coverage, red, green and blue on its right. */
const EDGE_SIZE = 8;
/** Numbers per cell of the grid. */
const CELL_SIZE = 6;
/** First plane of the layer that is in front: its coverage, then red, green and blue times coverage. */
export const FRONT = 0;
/** Plane of the coverage of the field (the ground that is not black). */
export const FIELD = 4;
/** Plane of the coverage of the lighter squares of grass. */
export const GRASS = 5;

/** Coverage below this is rounding, not paint. */
const EPSILON = 1e-6;

/** Coverage above this means that shapes lie over one another here; their colours are then averaged. */
const MORE_THAN_ALL = 1.001;

const EDGE_CAPACITY = 1024;
/** Pending edges at which a list must be rasterised; clipping can make two of one, so this is well under half. */
const EDGE_LIMIT = 300;

/**
 * Exact area coverage of polygons by their directed edges.
 *
 * Each cell holds differences along its row: the running sum from the left is the share of the pixel that the
 * polygons cover (signed area, as in the rasterisers of fonts). The sum is linear, so polygons with a common
 * edge join without a seam, and several colours can be summed side by side. A bit per cell tells where a row
 * changes; all else is runs of one colour. No call allocates.
 */
export class CoverageGrid {
  readonly #stride: number;
  readonly #wordsPerRow: number;
  /** Which bits of a row's last word are pixels. */
  readonly #lastWord: number;
  readonly #cells: Float64Array;
  readonly #marks: Int32Array;
  readonly #runs: ColourRuns;
  /** Nought, width and height as floats. */
  readonly #borders: Float64Array;
  readonly #edges = new Float64Array(EDGE_CAPACITY * EDGE_SIZE);
  #edgeCount = 0;
  /** Rows that have marks: from, inclusive, and to, exclusive. */
  #firstRow: number;
  #endRow = 0;

  /**
   * @param width, height in pixels
   * @param rounding added to mixed levels before their fraction is dropped: 0.5 rounds to the nearest
   */
  constructor(
    readonly width: number,
    readonly height: number,
    readonly rounding: number,
  ) {
    // An edge near the right border writes up to two cells beyond it, which nobody reads.
    this.#stride = width + 2;
    this.#wordsPerRow = (width + 31) >> 5;
    this.#lastWord = (width & 31) === 0 ? -1 : (1 << (width & 31)) - 1;
    this.#cells = new Float64Array(this.#stride * height * CELL_SIZE);
    this.#marks = new Int32Array(this.#wordsPerRow * height);
    this.#borders = Float64Array.of(0, width, height);
    this.#runs = new ColourRuns(width, height);
    this.#firstRow = height;
  }

  /** Whether so many edges are pending that `rasterise` should be called before more are added. */
  get full(): boolean {
    return this.#edgeCount >= EDGE_LIMIT;
  }

  /**
   * Adds one directed edge. Going down the picture, the ink is added to all that lies to its right; going up
   * it is taken away. (Arrays and places in them, not numbers: a number passed on would be put on the heap.)
   *
   * @param points x, y in pixels, y down
   * @param from, to places in `points` of the edge's ends
   * @param inks weight, then red, green and blue as levels times weight
   * @param ink place in `inks`
   */
  addEdge(points: Float64Array, from: number, to: number, inks: Float64Array, ink: number): void {
    const edges = this.#edges;
    const at = this.#edgeCount * EDGE_SIZE;
    edges[at] = points[from] ?? 0;
    edges[at + 1] = points[from + 1] ?? 0;
    edges[at + 2] = points[to] ?? 0;
    edges[at + 3] = points[to + 1] ?? 0;
    edges[at + 4] = inks[ink] ?? 0;
    edges[at + 5] = inks[ink + 1] ?? 0;
    edges[at + 6] = inks[ink + 2] ?? 0;
    edges[at + 7] = inks[ink + 3] ?? 0;
    this.#edgeCount++;
  }

  /** Sums the pending edges into the plane, and, where it is FRONT, their colours into the three planes after it. */
  rasterise(plane: number): void {
    const edges = this.#edges;
    const cells = this.#cells;
    const marks = this.#marks;
    // Taken from an array, these are floats to the compiler. Plain integers, mixed into the variables below, would
    // have it put each of those on the heap for every edge.
    const borders = this.#borders;
    const zero = borders[0] ?? 0;
    const width = borders[1] ?? 0;
    const height = borders[2] ?? 0;
    const stride = this.#stride;
    const wordsPerRow = this.#wordsPerRow;
    const coloured = plane === FRONT;
    let firstRow = this.#firstRow;
    let endRow = this.#endRow;

    for (let i = 0; i < this.#edgeCount; i++) {
      const at = i * EDGE_SIZE;
      let x0 = edges[at] ?? 0;
      let y0 = edges[at + 1] ?? 0;
      let x1 = edges[at + 2] ?? 0;
      let y1 = edges[at + 3] ?? 0;
      if (y0 === y1) continue;
      let sign = 1;
      if (y0 > y1) {
        sign = -1;
        const x = x0;
        x0 = x1;
        x1 = x;
        const y = y0;
        y0 = y1;
        y1 = y;
      }
      if (y1 <= 0 || y0 >= height) continue;
      const slope = (x1 - x0) / (y1 - y0);
      if (y0 < 0) {
        x0 -= y0 * slope;
        y0 = zero;
      }
      if (y1 > height) {
        x1 = x0 + (height - y0) * slope;
        y1 = height;
      }
      if (x0 >= width && x1 >= width) continue;
      const weight = (edges[at + 4] ?? 0) * sign;
      const red = (edges[at + 5] ?? 0) * sign;
      const green = (edges[at + 6] ?? 0) * sign;
      const blue = (edges[at + 7] ?? 0) * sign;

      // Left of the picture only heights count: that part becomes an edge along the border, appended to the
      // list. Right of it nothing counts: that part is cut off.
      if (x0 < 0 || x1 < 0) {
        const crossing = y0 - x0 / slope;
        if (x0 < 0 && x1 < 0) {
          x0 = zero;
          x1 = zero;
        } else {
          const cut = this.#edgeCount++ * EDGE_SIZE;
          edges[cut] = 0;
          edges[cut + 1] = x0 < 0 ? y0 : crossing;
          edges[cut + 2] = 0;
          edges[cut + 3] = x0 < 0 ? crossing : y1;
          edges[cut + 4] = weight;
          edges[cut + 5] = red;
          edges[cut + 6] = green;
          edges[cut + 7] = blue;
          if (x0 < 0) {
            x0 = zero;
            y0 = crossing;
          } else {
            x1 = zero;
            y1 = crossing;
          }
        }
      }
      if (x0 > width) {
        y0 += (width - x0) / slope;
        x0 = width;
      } else if (x1 > width) {
        y1 = y0 + (width - x0) / slope;
        x1 = width;
      }
      if (y0 >= y1) continue;
      const step = x0 === x1 ? zero : slope;

      let row = y0 | 0;
      if (row < firstRow) firstRow = row;
      let rowStart = row * stride * CELL_SIZE;
      let markRow = row * wordsPerRow;
      let top = y0;
      let x = x0;
      for (;;) {
        row++;
        const bottom = Math.min(row, y1);
        const share = bottom - top;
        let end = x + share * step;
        if (end < zero) end = zero;
        const left = x < end ? x : end;
        if (left >= width) break;
        const right = x < end ? end : x;
        let column = left | 0;
        let cell = rowStart + column * CELL_SIZE;
        const middle = (left + right) * 0.5;
        const word = markRow + (column >> 5);
        const outside = middle - column;
        if (right - column <= 1) {
          marks[word] = (marks[word] ?? 0) | (1 << column);
          const first = share * (1 - outside);
          const second = share * outside;
          cells[cell + plane] = (cells[cell + plane] ?? 0) + first * weight;
          cells[cell + plane + CELL_SIZE] = (cells[cell + plane + CELL_SIZE] ?? 0) + second * weight;
          if (coloured) {
            cells[cell + 1] = (cells[cell + 1] ?? 0) + first * red;
            cells[cell + 2] = (cells[cell + 2] ?? 0) + first * green;
            cells[cell + 3] = (cells[cell + 3] ?? 0) + first * blue;
            cells[cell + CELL_SIZE + 1] = (cells[cell + CELL_SIZE + 1] ?? 0) + second * red;
            cells[cell + CELL_SIZE + 2] = (cells[cell + CELL_SIZE + 2] ?? 0) + second * green;
            cells[cell + CELL_SIZE + 3] = (cells[cell + CELL_SIZE + 3] ?? 0) + second * blue;
          }
        } else {
          // The row's slice of the edge crosses several cells: covered area left of u grows as a parabola.
          const halfInverse = 0.5 / (right - left);
          let areaBefore = 0;
          let shareBefore = 0;
          for (;;) {
            const u = column + 1;
            const area = u < right ? (u - left) * (u - left) * halfInverse : u - middle;
            const covered = column < right ? area - areaBefore : 1;
            const change = share * (covered - shareBefore);
            cells[cell + plane] = (cells[cell + plane] ?? 0) + change * weight;
            if (coloured) {
              cells[cell + 1] = (cells[cell + 1] ?? 0) + change * red;
              cells[cell + 2] = (cells[cell + 2] ?? 0) + change * green;
              cells[cell + 3] = (cells[cell + 3] ?? 0) + change * blue;
            }
            // The last cell needs no mark: every mark counts for the cell after it too.
            if (column >= right) break;
            marks[markRow + (column >> 5)] = (marks[markRow + (column >> 5)] ?? 0) | (1 << column);
            areaBefore = area;
            shareBefore = covered;
            column = u;
            cell += CELL_SIZE;
          }
        }
        if (row >= y1) break;
        top = bottom;
        x = end;
        rowStart += stride * CELL_SIZE;
        markRow += wordsPerRow;
      }
      if (row > endRow) endRow = row;
    }
    this.#edgeCount = 0;
    this.#firstRow = firstRow;
    this.#endRow = endRow;
  }

  /**
   * Paints all layers, back to front, and clears the grid.
   *
   * @param out every pixel of the grid is written: uint8 RGB `[height, width, 3]` from `offset` on
   * @param ground levels of the field (red, green, blue) and what a square of grass adds to them
   * @param fieldBase coverage of the field where no edge has changed it: 1 when only field is in view, else 0
   */
  paintGround(out: Uint8Array, offset: number, ground: Float64Array, fieldBase: number): void {
    const cells = this.#cells;
    const marks = this.#marks;
    const { changes } = this.#runs;
    const { width, height, rounding } = this;
    const wordsPerRow = this.#wordsPerRow;
    const lastWord = this.#lastWord;
    const fieldRed = ground[0] ?? 0;
    const fieldGreen = ground[1] ?? 0;
    const fieldBlue = ground[2] ?? 0;
    const grassRed = ground[3] ?? 0;
    const grassGreen = ground[4] ?? 0;
    const grassBlue = ground[5] ?? 0;
    const fieldVaries = fieldBase === 0;
    const plain = packColour(
      fieldBase * fieldRed + rounding,
      fieldBase * fieldGreen + rounding,
      fieldBase * fieldBlue + rounding,
    );

    for (let row = 0; row < height; row++) {
      let alpha = 0;
      let red = 0;
      let green = 0;
      let blue = 0;
      let field = fieldBase;
      let grass = 0;
      let colour = plain;
      let carry = 0;
      const rowStart = row * width;
      const rowCells = row * this.#stride;
      for (let word = 0; word < wordsPerRow; word++) {
        const own = marks[row * wordsPerRow + word] ?? 0;
        marks[row * wordsPerRow + word] = 0;
        // A marked cell has changed the one after it too.
        let bits = own | (own << 1) | carry;
        carry = own >>> 31;
        if (word === wordsPerRow - 1) bits &= lastWord;
        while (bits !== 0) {
          const column = (word << 5) + 31 - Math.clz32(bits & -bits);
          bits &= bits - 1;
          const cell = (rowCells + column) * CELL_SIZE;
          alpha += cells[cell] ?? 0;
          red += cells[cell + 1] ?? 0;
          green += cells[cell + 2] ?? 0;
          blue += cells[cell + 3] ?? 0;
          grass += cells[cell + GRASS] ?? 0;
          cells[cell] = 0;
          cells[cell + 1] = 0;
          cells[cell + 2] = 0;
          cells[cell + 3] = 0;
          cells[cell + GRASS] = 0;
          if (fieldVaries) {
            field += cells[cell + FIELD] ?? 0;
            cells[cell + FIELD] = 0;
          }
          const last = colour;
          if (alpha > MORE_THAN_ALL) {
            const scale = 1 / alpha;
            colour = packColour(red * scale + rounding, green * scale + rounding, blue * scale + rounding);
          } else {
            const under = (1 - alpha) * field;
            const light = (1 - alpha) * grass;
            colour = packColour(
              under * fieldRed + light * grassRed + red + rounding,
              under * fieldGreen + light * grassGreen + green + rounding,
              under * fieldBlue + light * grassBlue + blue + rounding,
            );
          }
          changes[rowStart + column] = last ^ colour;
        }
      }
    }
    this.#firstRow = height;
    this.#endRow = 0;
    this.#runs.write(out, offset, plain);
  }

  /**
   * Blends the front layer over a picture that is there, and clears the grid; its other planes must be empty.
   *
   * @param out read and written: uint8 RGB `[height, width, 3]` from `offset` on
   */
  paintFront(out: Uint8Array, offset: number): void {
    const cells = this.#cells;
    const marks = this.#marks;
    const { width, rounding } = this;
    const wordsPerRow = this.#wordsPerRow;
    for (let row = this.#firstRow; row < this.#endRow; row++) {
      let alpha = 0;
      let red = 0;
      let green = 0;
      let blue = 0;
      let carry = 0;
      let next = 0;
      const rowOut = offset + row * width * 3;
      const rowCells = row * this.#stride;
      for (let word = 0; word < wordsPerRow; word++) {
        const own = marks[row * wordsPerRow + word] ?? 0;
        marks[row * wordsPerRow + word] = 0;
        let bits = own | (own << 1) | carry;
        carry = own >>> 31;
        if (word === wordsPerRow - 1) bits &= this.#lastWord;
        while (bits !== 0) {
          const column = (word << 5) + 31 - Math.clz32(bits & -bits);
          bits &= bits - 1;
          if (alpha > EPSILON) blendSpan(out, rowOut, next, column, alpha, red, green, blue, rounding);
          next = column;
          const cell = (rowCells + column) * CELL_SIZE;
          alpha += cells[cell] ?? 0;
          red += cells[cell + 1] ?? 0;
          green += cells[cell + 2] ?? 0;
          blue += cells[cell + 3] ?? 0;
          cells[cell] = 0;
          cells[cell + 1] = 0;
          cells[cell + 2] = 0;
          cells[cell + 3] = 0;
        }
      }
      if (alpha > EPSILON) blendSpan(out, rowOut, next, width, alpha, red, green, blue, rounding);
    }
    this.#firstRow = this.height;
    this.#endRow = 0;
  }
}
