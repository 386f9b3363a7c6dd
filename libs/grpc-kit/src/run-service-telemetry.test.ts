import { parseMetrics, startTraceReceiver } from "@worldmodels/telemetry/testing";
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { startProcess } from "./service-process.test-helper.js";
import { connectTo } from "./serving.test-helper.js";

const inTime = { deadlineMs: 20_000 };

test("metrics are served where the log says, with the calls that were answered", async (t) => {
  const service = startProcess(t, ["--metrics-listen", "127.0.0.1:0"]);
  const { url } = await service.logged("metrics");
  const { address } = await service.logged("listening");
  const { jobs } = connectTo(t, String(address));
  await jobs.getJob({ id: "a" }, inTime);
  const { samples } = parseMetrics(await (await fetch(String(url))).text());
  const calls = samples.find(
    ({ name, labels }) => name === "worldmodels_rpc_seconds_count" && labels["method"] === "GetJob",
  );
  assert.equal(calls?.value, 1);
  assert.ok(
    samples.some(({ name, labels }) => name === "worldmodels_build_info" && labels["version"] === "1.2.3"),
  );
  service.child.kill("SIGTERM");
  assert.deepEqual(await service.ended, { code: 0, errors: "" });
});

test("metrics_listen that is no address ends it with code 2 and one sentence, before it serves", async (t) => {
  const service = startProcess(t, ["--metrics-listen", "9464"]);
  const { code, errors } = await service.ended;
  assert.equal(code, 2);
  assert.match(errors, /^test-jobs: metrics_listen = "9464" is no address; write host:port [^\n]*\n$/);
  assert.deepEqual(
    service.log.map(({ event }) => event),
    ["configuration", "failed"],
  );
});

test("a port of metrics in use ends it with code 1 and one sentence, before it serves", async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.after(() => other.close());
  const listen = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const service = startProcess(t, ["--metrics-listen", listen]);
  const { code, errors } = await service.ended;
  assert.equal(code, 1);
  assert.equal(
    errors,
    `test-jobs: metrics_listen = "${listen}" is in use; stop the process that has it, or choose another port (0 takes a free one)\n`,
  );
  assert.ok(!service.log.some(({ event }) => event === "listening"));
});

test("a bug in a call is logged with its run and its trace, and the last spans leave before it ends", async (t) => {
  const receiver = await startTraceReceiver();
  t.after(() => receiver.close());
  const service = startProcess(t, [], { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  const { address } = await service.logged("listening");
  const { jobs } = connectTo(t, String(address));
  await assert.rejects(jobs.cancelJob({ id: "" }, { ...inTime, run: "watched" }), /internal error/);
  const bug = await service.logged("bug");
  service.child.kill("SIGTERM");
  assert.deepEqual(await service.ended, { code: 0, errors: "" });
  const span = receiver.spans.find(({ name }) => name === "worldmodels.job.v1.JobService/CancelJob");
  assert.ok(span?.failed);
  assert.equal(span.service, "test-jobs");
  assert.deepEqual([bug["run"], bug["trace"]], ["watched", span.traceId]);
});

test("a collector that is not there is told of once, and the service works and stops as ever", async (t) => {
  const service = startProcess(t, [], { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" });
  const { address } = await service.logged("listening");
  const { jobs } = connectTo(t, String(address));
  for (let i = 0; i < 20; i++) await jobs.getJob({ id: "a" }, inTime);
  service.child.kill("SIGTERM");
  assert.deepEqual(await service.ended, { code: 0, errors: "" });
  const warnings = service.log.filter(({ event }) => event === "warning");
  assert.equal(warnings.length, 1);
  assert.match(
    String(warnings[0]?.["message"]),
    /^traces do not reach http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)/,
  );
});

test("an address of a collector that is none ends it with code 2 and one sentence", async (t) => {
  const { code, errors } = await startProcess(t, [], { OTEL_EXPORTER_OTLP_ENDPOINT: "collector" }).ended;
  assert.equal(code, 2);
  assert.match(
    errors,
    /^test-jobs: OTEL_EXPORTER_OTLP_ENDPOINT = "collector" is no address of a collector[^\n]*\n$/,
  );
});
