import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createRegistry } from "./metrics-text.js";
import { metricTable, unitOf } from "./metric-table.js";

const page = readFileSync(new URL("../../../docs/telemetry.md", import.meta.url), "utf8");

/** The rows of the page's table of metrics: name, type, labels, unit, meaning. */
const documented = page
  .split("\n")
  .filter((line) => line.startsWith("| `worldmodels_"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );

test("the page's table has every metric that the registry has, and no other, as they are", async () => {
  const registered = (await createRegistry()).getMetricsAsArray().map(({ name }) => name);
  assert.deepEqual(
    documented.map(([name]) => name),
    registered,
  );
  assert.deepEqual(
    documented,
    Object.entries(metricTable).map(([name, { type, labels, help }]) => [
      name,
      type,
      labels.join(", "),
      unitOf(name),
      help,
    ]),
  );
});

for (const [name, { type, labels }] of Object.entries(metricTable)) {
  test(`${name} is named as Prometheus has it`, () => {
    assert.match(name, /^worldmodels_[a-z][a-z_]*$/);
    assert.equal(name.endsWith("_total"), type === "counter");
    assert.deepEqual(
      labels.filter((label) => !/^[a-z]+$/.test(label) || ["le", "job", "instance"].includes(label)),
      [],
      "labels that Prometheus has for itself",
    );
  });
}
