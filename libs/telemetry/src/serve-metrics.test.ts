import { isDomainError } from "@worldmodels/errors";
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { TestContext } from "node:test";
import { counter, histogram } from "./cells.js";
import { metricTable } from "./metric-table.js";
import { serveMetrics } from "./serve-metrics.js";
import { parseMetrics } from "./testing/index.js";

async function served(t: TestContext) {
  const server = await serveMetrics({ listen: "127.0.0.1:0", service: "encoder", version: "1.2.3" });
  t.after(() => server.close());
  const read = async () => parseMetrics(await (await fetch(server.url)).text());
  return { server, read };
}

test("every metric of the table is served with its type, samples or none", async (t) => {
  const { read } = await served(t);
  const { types } = await read();
  assert.deepEqual(
    Object.fromEntries(types),
    Object.fromEntries(Object.entries(metricTable).map(([name, { type }]) => [name, type])),
  );
});

test("samples have the labels of the table and the values of the cells", async (t) => {
  const { read } = await served(t);
  counter("worldmodels_model_rows_total", { model: "vae", call: 'enc"ode' }).add(7);
  const cell = histogram("worldmodels_rpc_seconds", { service: "S", method: "M", code: "OK" });
  for (const seconds of [0.0005, 0.3, 9999]) cell.observe(seconds);
  const { samples } = await read();
  const rows = samples.find(({ name }) => name === "worldmodels_model_rows_total");
  assert.deepEqual(rows, {
    name: "worldmodels_model_rows_total",
    labels: { model: "vae", call: 'enc\\"ode' },
    value: 7,
  });
  const ofCalls = (suffix: string, le?: string) =>
    samples.find(({ name, labels }) => name === `worldmodels_rpc_seconds${suffix}` && labels["le"] === le);
  assert.equal(ofCalls("_bucket", "0.001")?.value, 1);
  assert.equal(ofCalls("_bucket", "0.25")?.value, 1);
  assert.equal(ofCalls("_bucket", "0.5")?.value, 2);
  assert.equal(ofCalls("_bucket", "3600")?.value, 2);
  assert.equal(ofCalls("_bucket", "+Inf")?.value, 3);
  assert.equal(ofCalls("_count")?.value, 3);
  assert.equal(ofCalls("_sum")?.value, 9999.3005);
});

test("the process tells its build, memory, processor time and lag", async (t) => {
  const { read } = await served(t);
  const { samples } = await read();
  const valueOf = (wanted: string, label = {}) =>
    samples.find(
      ({ name, labels }) => name === wanted && Object.entries(label).every(([k, v]) => labels[k] === v),
    )?.value ?? NaN;
  assert.equal(valueOf("worldmodels_build_info", { service: "encoder", version: "1.2.3" }), 1);
  assert.ok(valueOf("worldmodels_resident_memory_bytes") > 1e7);
  assert.ok(valueOf("worldmodels_heap_used_bytes") > 1e6);
  assert.ok(valueOf("worldmodels_cpu_seconds_total", { mode: "user" }) > 0);
  assert.ok(valueOf("worldmodels_event_loop_lag_seconds", { quantile: "1" }) >= 0);
  const age = Date.now() / 1000 - valueOf("worldmodels_start_time_seconds");
  assert.ok(Math.abs(age - process.uptime()) < 1, `the process is ${age} s old`);
});

test("an event loop that is held up for 200 ms shows a lag of nearly as much", async (t) => {
  const { read } = await served(t);
  const greatest = async () =>
    (await read()).samples.find(
      ({ name, labels }) => name === "worldmodels_event_loop_lag_seconds" && labels["quantile"] === "1",
    )?.value ?? NaN;
  // The watch measures from one of its timers, every 20 ms, to the next, and forgets the last one when it is read: so it gets a few
  // before and after. Without the reading this would not end.
  do {
    await delay(100);
    for (const start = performance.now(); performance.now() - start < 200;);
    await delay(100);
  } while (!((await greatest()) > 0.15));
});

test("other paths and methods are refused", async (t) => {
  const { server } = await served(t);
  assert.equal((await fetch(server.url.replace("/metrics", "/"))).status, 404);
  assert.equal((await fetch(server.url, { method: "POST" })).status, 405);
});

for (const [listen, sentence] of [
  ["9464", /^metrics_listen = "9464" is no address; write host:port .*127\.0\.0\.1:9464$/],
  ["127.0.0.1:65536", /^metrics_listen = "127\.0\.0\.1:65536" is no address/],
  ["unix:/tmp/metrics.sock", /is no address/],
] as const) {
  test(`metrics_listen = "${listen}" is refused with one sentence`, async () => {
    await assert.rejects(
      serveMetrics({ listen, service: "s", version: "0" }),
      (error) => isDomainError(error, "invalid-argument") && sentence.test(error.message),
    );
  });
}

test("a port in use is refused with one sentence", async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.after(() => other.close());
  const listen = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  await assert.rejects(
    serveMetrics({ listen, service: "s", version: "0" }),
    (error) =>
      isDomainError(error, "failed-precondition") &&
      error.message ===
        `metrics_listen = "${listen}" is in use; stop the process that has it, or choose another port (0 takes a free one)`,
  );
});

test("a host that this machine is not is refused with one sentence", async () => {
  await assert.rejects(
    serveMetrics({ listen: "192.0.2.1:0", service: "s", version: "0" }),
    (error) =>
      isDomainError(error, "failed-precondition") &&
      /names a host that this machine is not/.test(error.message),
  );
});
