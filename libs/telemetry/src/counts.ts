import { CounterCell, cellsOf, counterByValues } from "./cells.js";
import { metricTable } from "./metric-table.js";
import type { MetricName, NameOf } from "./metric-table.js";

/** What a process has counted since it last told its parent. Plain data: it travels between processes. */
export type Counts = readonly {
  readonly name: string;
  /** In the order of the table. */
  readonly labels: readonly string[];
  /** Above 0. */
  readonly added: number;
}[];

const counterNames = (Object.keys(metricTable) as MetricName[]).filter(
  (name): name is NameOf<"counter"> => metricTable[name].type === "counter",
);

/**
 * What has been counted here since the last call, to be told to the parent process: a worker's or a job's counts are shown
 * by the service that it works for, however many processes are in between.
 */
export function takeCounts(): Counts {
  const taken: { name: string; labels: readonly string[]; added: number }[] = [];
  for (const name of counterNames) {
    for (const { labels, cell } of cellsOf(name)) {
      if (!(cell instanceof CounterCell) || cell.value === cell.told) continue;
      taken.push({ name, labels, added: cell.value - cell.told });
      cell.told = cell.value;
    }
  }
  return taken;
}

/** Adds what a child process has counted to what this one has; names that this version does not know are left out. */
export function addCounts(counts: Counts): void {
  for (const { name, labels, added } of counts) {
    const known = counterNames.find((each) => each === name);
    if (known !== undefined) counterByValues(known, labels).add(added);
  }
}
