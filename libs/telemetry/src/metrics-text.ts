import type { Metric, MetricValueWithName, Registry } from "prom-client";
import { HistogramCell, cellsOf } from "./cells.js";
import { metricTable } from "./metric-table.js";
import type { MetricDescription, MetricName } from "./metric-table.js";

type Values = MetricValueWithName<string>[];

/**
 * A registry with every metric of the table, which reads the cells of this process whenever it is asked. prom-client is loaded
 * here and nowhere else: processes that serve no metrics do without it.
 */
export async function createRegistry(): Promise<Registry> {
  const { default: client } = await import("prom-client");
  const registry = new client.Registry();
  for (const name of Object.keys(metricTable) as MetricName[]) {
    const { type, help }: MetricDescription = metricTable[name];
    const metric = { name, help, get: async () => ({ name, help, type, values: valuesOf(name) }) };
    // The registry asks nothing more of a metric than its name and `get`.
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry;
}

function valuesOf(name: MetricName): Values {
  const { labels: order }: MetricDescription = metricTable[name];
  return cellsOf(name).flatMap(({ labels: values, cell }) => {
    const labels = Object.fromEntries(order.map((label, i) => [label, values[i] ?? ""]));
    return cell instanceof HistogramCell
      ? histogramValues(name, labels, cell)
      : [{ metricName: name, labels, value: cell.value }];
  });
}

/** Buckets add up: each counts all that is not above its bound. */
function histogramValues(name: string, labels: Record<string, string>, cell: HistogramCell): Values {
  let count = 0;
  const buckets = [...cell.bounds, Infinity].map((bound, i) => {
    count += cell.counts[i] ?? 0;
    const le = bound === Infinity ? "+Inf" : String(bound);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: cell.sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
