import type { TestContext } from "node:test";

/** One thing that was broken, and what came of it. */
export interface FaultRow {
  readonly game: string;
  readonly stage: string;
  readonly fault: string;
  readonly container: string;
  /** From the fault's end until the container serves again, seconds. */
  readonly recoverySeconds: number;
}

/** As a table of Markdown, a row for each fault, container and game; a cell names the stages and the slowest recovery. */
export function formatFaults(rows: readonly FaultRow[]): string {
  const groups = new Map<string, FaultRow[]>();
  for (const row of rows) {
    const key = [row.fault, row.container, row.game].join(" | ");
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const lines = [...groups].map(([key, group]) => {
    const slowest = Math.max(...group.map(({ recoverySeconds }) => recoverySeconds));
    return `| ${key} | ${group.map(({ stage }) => stage).join(", ")} | ${slowest.toFixed(1)} s |`;
  });
  return [
    "| fault | container | game | in | serves again within |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

/** Shows lines below a test's name. */
export function show(t: TestContext, text: string): void {
  for (const line of text.split("\n")) t.diagnostic(line);
}
