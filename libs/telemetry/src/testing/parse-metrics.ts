/** One line of Prometheus' text format. */
export interface Sample {
  /** With `_bucket`, `_sum` or `_count` where it is a histogram's. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a service exposes. */
export interface ExposedMetrics {
  /** Type of each metric by name, those without samples included. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

/** Takes Prometheus' text format apart. @throws Error for a line that is none of it */
export function parseMetrics(text: string): ExposedMetrics {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type) types.set(type[1] ?? "", type[2] ?? "");
    if (line === "" || line.startsWith("#")) continue;
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`this is no line of metrics: ${line}`);
    const labels = [...(sample[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    samples.push({
      name: sample[1] ?? "",
      labels: Object.fromEntries(labels.map(([, name, value]) => [name, value])) as Record<string, string>,
      value: Number(sample[3] === "+Inf" ? Infinity : sample[3]),
    });
  }
  return { types, samples };
}
