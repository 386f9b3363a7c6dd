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

/** As a table of Markdown, a row for each fault: how often, where, and the slowest recovery. */
export function formatFaults(rows: readonly FaultRow[]): string {
  const words = (values: readonly string[]) => [...new Set(values)].join(", ");
  const lines = [...new Set(rows.map(({ fault }) => fault))].map((fault) => {
    const struck = rows.filter((row) => row.fault === fault);
    const slowest = struck.reduce((a, b) => (b.recoverySeconds > a.recoverySeconds ? b : a));
    const cells = [
      ...[fault, String(struck.length), words(struck.map(({ container }) => container))],
      words(struck.map(({ stage }) => stage)),
      `${slowest.recoverySeconds.toFixed(1)} s (${slowest.container}, ${slowest.stage})`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| fault | struck | containers | in | all serve again within |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

/** Shows lines below a test's name. */
export function show(t: TestContext, text: string): void {
  for (const line of text.split("\n")) t.diagnostic(line);
}
