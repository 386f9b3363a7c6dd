import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { usedMetrics } from "./dashboard-queries.js";

/** A dashboard of one panel. */
function dashboard(t: TestContext, expr: string, legendFormat = "", definition?: string): URL {
  const folder = mkdtempSync(join(tmpdir(), "dashboard-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, "dashboard.json");
  const panels = [{ title: "row" }, { title: "a panel", targets: [{ expr, legendFormat }] }];
  writeFileSync(path, JSON.stringify({ panels, templating: { list: [{ type: "query", definition }] } }));
  return pathToFileURL(path);
}

test("each metric of a query has its own matchers, the query's groupings and the legend's labels", (t) => {
  const expr = 'sum by (job, le) (rate(a_bucket{job=~"$service", code!="OK"}[$__rate_interval])) / b_total';
  const used = usedMetrics(dashboard(t, expr, "{{instance}} {{method}}"));
  assert.deepEqual(
    used.map(({ name, labels }) => ({ name, labels })),
    [
      { name: "a_bucket", labels: ["code", "le", "method"] },
      { name: "b_total", labels: ["le", "method"] },
    ],
  );
});

test("a variable's metric is one, too", (t) => {
  const used = usedMetrics(dashboard(t, "1", "", "label_values(build_info, version)"));
  assert.deepEqual(
    used.map(({ name, labels }) => ({ name, labels })),
    [{ name: "build_info", labels: ["version"] }],
  );
});

test("a query that is no PromQL is refused, by its panel", (t) => {
  assert.throws(
    () => usedMetrics(dashboard(t, "sum by (job (a_total)")),
    /^Error: a panel: this is no PromQL at character/,
  );
});
