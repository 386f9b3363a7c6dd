import { parser } from "@prometheus-io/lezer-promql";
import { readFileSync } from "node:fs";

/** A metric as one query of the dashboard reads it. */
export interface UsedMetric {
  readonly panel: string;
  readonly query: string;
  /** As it is written, perhaps with `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  /** All labels that the query asks of it: matchers, groupings, and those of the legend. */
  readonly labels: readonly string[];
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Variable {
  readonly type: string;
  readonly definition?: string;
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

/** What Prometheus adds to every series by itself. */
const OWN_LABELS = ["job", "instance"];

/**
 * Every metric that a query of the dashboard reads, those of its variables included.
 *
 * @throws Error for a query that is no PromQL
 */
export function usedMetrics(file: URL): UsedMetric[] {
  const { panels, templating } = JSON.parse(readFileSync(file, "utf8")) as Dashboard;
  const ofPanels = panels.flatMap(({ title, targets = [] }) =>
    targets.flatMap(({ expr, legendFormat }) => {
      const legend = [...legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = ""]) => label);
      return metricsOf(title, expr, legend);
    }),
  );
  const ofVariables = templating.list.flatMap(({ definition }) => {
    // Grafana's own: label_values(metric, label).
    const [, metric, label = ""] = /^label_values\((.+),\s*(\w+)\)$/.exec(definition ?? "") ?? [];
    return metric === undefined ? [] : metricsOf("variables", metric, [label]);
  });
  return [...ofPanels, ...ofVariables];
}

function metricsOf(panel: string, expression: string, legend: readonly string[]): UsedMetric[] {
  // As Grafana puts values in the place of its variables.
  const query = expression.replaceAll("$__rate_interval", "1m").replaceAll("$service", ".*");
  const selectors: { readonly name: string; readonly from: number; readonly to: number }[] = [];
  const matchers: { readonly label: string; readonly from: number }[] = [];
  const groupings: string[] = [];
  let groupingsTo = -1;
  parser.parse(query).iterate({
    enter({ type, from, to }) {
      const text = query.slice(from, to);
      if (type.isError) throw new Error(`${panel}: this is no PromQL at character ${from}: ${query}`);
      if (type.name === "VectorSelector") {
        selectors.push({ name: /^\w+/.exec(text)?.[0] ?? "", from, to });
      }
      if (type.name === "GroupingLabels") groupingsTo = to;
      if (type.name === "LabelName" && from < groupingsTo) groupings.push(text);
      else if (type.name === "LabelName") matchers.push({ label: text, from });
    },
  });
  return selectors.map(({ name, from, to }) => {
    const own = matchers.filter((matcher) => matcher.from > from && matcher.from < to);
    const labels = new Set([...own.map(({ label }) => label), ...groupings, ...legend]);
    return { panel, query, name, labels: [...labels].filter((label) => !OWN_LABELS.includes(label)) };
  });
}
