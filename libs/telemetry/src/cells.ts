import { metricTable } from "./metric-table.js";
import type { LabelsOf, MetricDescription, MetricName, NameOf } from "./metric-table.js";

/** A number that only grows. To be kept by whoever counts: adding to it is an addition and nothing else. */
export class CounterCell {
  value = 0;
  /** What of `value` the parent process has been told. */
  told = 0;

  /** @param amount 0 or more */
  add(amount: number): void {
    this.value += amount;
  }
}

/** A number that goes up and down. */
export class GaugeCell {
  value = 0;

  add(amount: number): void {
    this.value += amount;
  }
}

/** How many of the values observed fell into which bucket, and their sum. */
export class HistogramCell {
  sum = 0;
  /** One more than there are bounds: the last counts what is above all of them. */
  readonly counts: number[];

  constructor(readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++;
    this.counts[bucket]! += 1;
    this.sum += value;
  }
}

type Cell = CounterCell | GaugeCell | HistogramCell;

/** A cell and the values of its labels, in the order of the table. */
export interface LabelledCell<C = Cell> {
  readonly labels: readonly string[];
  readonly cell: C;
}

/** A reader of what is known elsewhere, asked whenever the metrics are read. */
type GaugeReader = () => Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]>;

/** All that this process counts; there is one, as there is one process. */
const cells = new Map<MetricName, Map<string, LabelledCell>>();
const readers = new Map<MetricName, Set<GaugeReader>>();

/** The counter of a metric for these labels; 0, and shown as such, from now on. */
export function counter<Name extends NameOf<"counter">>(name: Name, labels: LabelsOf<Name>): CounterCell {
  return cellOf(name, labels, () => new CounterCell()) as CounterCell;
}

/** The gauge of a metric for these labels. */
export function gauge<Name extends NameOf<"gauge">>(name: Name, labels: LabelsOf<Name>): GaugeCell {
  return cellOf(name, labels, () => new GaugeCell()) as GaugeCell;
}

/** The histogram of a metric for these labels. */
export function histogram<Name extends NameOf<"histogram">>(
  name: Name,
  labels: LabelsOf<Name>,
): HistogramCell {
  return cellOf(name, labels, () => new HistogramCell(metricTable[name].buckets)) as HistogramCell;
}

/**
 * Has a gauge read where its value is known, besides the cells that it has.
 *
 * @returns ends that
 */
export function readGauge<Name extends NameOf<"gauge">>(
  name: Name,
  read: () => Iterable<readonly [labels: LabelsOf<Name>, value: number]>,
): () => void {
  const all = readers.get(name) ?? new Set();
  readers.set(name, all.add(read));
  return () => all.delete(read);
}

/** The cells of a metric as they are now; what readers say is added to what there is for the same labels. */
export function cellsOf(name: MetricName): LabelledCell[] {
  const { labels: order }: MetricDescription = metricTable[name];
  const known = cells.get(name) ?? new Map<string, LabelledCell>();
  const asking = readers.get(name);
  if (asking === undefined) return [...known.values()];
  const sums = new Map<string, LabelledCell<GaugeCell>>();
  const add = (labels: readonly string[], value: number) => {
    const key = JSON.stringify(labels);
    const entry = sums.get(key) ?? { labels, cell: new GaugeCell() };
    sums.set(key, entry);
    entry.cell.add(value);
  };
  for (const { labels, cell } of known.values()) if (cell instanceof GaugeCell) add(labels, cell.value);
  for (const reader of asking) {
    for (const [labels, value] of reader()) {
      add(
        order.map((label) => labels[label] ?? ""),
        value,
      );
    }
  }
  return [...sums.values()];
}

/** The counter of these values of labels, in the order of the table: as another process told them. */
export function counterByValues(name: NameOf<"counter">, values: readonly string[]): CounterCell {
  return cellAt(name, values, () => new CounterCell()) as CounterCell;
}

function cellOf(name: MetricName, labels: Readonly<Record<string, string>>, make: () => Cell): Cell {
  const { labels: order }: MetricDescription = metricTable[name];
  return cellAt(
    name,
    order.map((label) => labels[label] ?? ""),
    make,
  );
}

/** @param values of the labels, in the order of the table */
function cellAt(name: MetricName, values: readonly string[], make: () => Cell): Cell {
  const known = cells.get(name) ?? new Map<string, LabelledCell>();
  cells.set(name, known);
  const key = JSON.stringify(values);
  const found = known.get(key) ?? { labels: values, cell: make() };
  known.set(key, found);
  return found.cell;
}
