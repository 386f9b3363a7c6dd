import { isDomainError } from "@worldmodels/errors";
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, test } from "node:test";
import { startTracing, stopTracing } from "./start-tracing.js";
import { startTraceReceiver } from "./testing/index.js";
import { currentTraceparent, isTracing, startSpan, traceIdOf, withSpan } from "./tracing.js";

afterEach(async () => {
  await stopTracing();
  for (const name of ["ENDPOINT", "PROTOCOL"])
    Reflect.deleteProperty(process.env, `OTEL_EXPORTER_OTLP_${name}`);
});

/** A port that nobody listens at. */
async function deadEndpoint(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

test("without an endpoint nothing is traced, and work is done as if it were", async () => {
  await startTracing({ service: "s" });
  assert.equal(isTracing(), false);
  assert.equal(await withSpan("a", {}, async (span) => span.traceparent), undefined);
  assert.equal(currentTraceparent(), undefined);
});

test("spans arrive with their places in the trace, and all that there are when tracing stops", async (t) => {
  const receiver = await startTraceReceiver();
  t.after(() => receiver.close());
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.endpoint;
  await startTracing({ service: "encoder", version: "1" });
  let elsewhere = "";
  const failing = withSpan("root", { attributes: { rows: 3 } }, async ({ traceparent = "" }) => {
    elsewhere = traceparent;
    assert.equal(currentTraceparent(), traceparent);
    await withSpan("child", {}, async () => undefined);
    throw new Error("it broke");
  });
  await assert.rejects(failing, /it broke/);
  startSpan("of another process", { kind: "server", parent: elsewhere }).end();
  await stopTracing();
  const named = (wanted: string) => receiver.spans.find(({ name }) => name === wanted);
  const root = named("root");
  assert.equal(root?.traceId, traceIdOf(elsewhere));
  assert.equal(root?.parentSpanId, undefined);
  assert.deepEqual([root?.service, root?.pid, root?.failed], ["encoder", process.pid, true]);
  assert.equal(Number(root?.attributes["rows"]), 3);
  for (const name of ["child", "of another process"]) {
    const span = named(name);
    assert.deepEqual([span?.traceId, span?.parentSpanId, span?.failed], [root?.traceId, root?.spanId, false]);
  }
  assert.equal(isTracing(), false);
});

test("a collector that is not there is told of once, and the work goes on", async () => {
  const endpoint = await deadEndpoint();
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
  const sentences: string[] = [];
  await startTracing({ service: "s", onTrouble: (sentence) => sentences.push(sentence) });
  for (let i = 0; i < 1000; i++) await withSpan("work", {}, async () => undefined);
  await stopTracing();
  assert.deepEqual(sentences, [
    `traces do not reach ${endpoint} (ECONNREFUSED); those that do not are dropped, and the work goes on: ` +
      "start the collector, or unset OTEL_EXPORTER_OTLP_ENDPOINT",
  ]);
});

for (const [name, value, sentence] of [
  [
    "ENDPOINT",
    "collector:4318",
    /^OTEL_EXPORTER_OTLP_ENDPOINT = "collector:4318" is no address of a collector/,
  ],
  ["PROTOCOL", "grpc", /^OTEL_EXPORTER_OTLP_PROTOCOL = "grpc" is not spoken here; unset it/],
] as const) {
  test(`OTEL_EXPORTER_OTLP_${name}=${value} is refused with one sentence`, async () => {
    process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:4318";
    process.env[`OTEL_EXPORTER_OTLP_${name}`] = value;
    await assert.rejects(
      startTracing({ service: "s" }),
      (error) => isDomainError(error, "invalid-argument") && sentence.test(error.message),
    );
  });
}
