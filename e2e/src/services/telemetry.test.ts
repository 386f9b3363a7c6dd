import { openEnv } from "@worldmodels/environments";
import { connect, createClient, toTensor } from "@worldmodels/grpc-kit";
import { EncoderServiceService } from "@worldmodels/proto/encoder";
import { PredictorServiceService } from "@worldmodels/proto/predictor";
import { parseMetrics, startTraceReceiver } from "@worldmodels/telemetry/testing";
import type { ExposedMetrics, ReceivedSpan, TraceReceiver } from "@worldmodels/telemetry/testing";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run } from "../command.js";
import { usedMetrics } from "./dashboard-queries.js";
import { localServices } from "./local-services.js";
import { serviceNames } from "./service-host.js";
import type { ServiceName } from "./service-host.js";

const root = mkdtempSync(join(tmpdir(), "wm-telemetry-"));
const runs = join(root, "runs");
const runDir = join(runs, "watched");
const host = localServices(join(root, "a"), runs);
const jobServices: readonly ServiceName[] = ["encoder", "predictor", "evolver", "rollout"];
const metrics = new Map<ServiceName, ExposedMetrics>();
let receiver: TraceReceiver;

before(async () => {
  receiver = await startTraceReceiver();
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.endpoint;
  for (const name of serviceNames) {
    process.env[`WORLDMODELS_${name.toUpperCase().replaceAll("-", "_")}_METRICS_LISTEN`] = "127.0.0.1:0";
  }
  await Promise.all(serviceNames.map((name) => host.start(name)));
  const train = [
    "train",
    "car-racing",
    "--preset",
    "smoke",
    "--run-dir",
    runDir,
    "--cluster",
    host.clusterFile,
  ];
  const finished = await run(...train);
  assert.equal(finished.code, 0, finished.stderr);
  await playSessions();
  await askModels();
  for (const name of serviceNames) metrics.set(name, await readMetrics(name));
  // What is still on its way to the receiver leaves at the latest when they stop.
  await host.close();
});
after(async () => {
  await host.close();
  await receiver.close();
  rmSync(root, { recursive: true, force: true });
});

const SESSION_STEPS = 5;
const SESSION_SLOTS = 3;

/** Some steps of an environment of ours and of one in a Python child. */
async function playSessions(): Promise<void> {
  for (const [service, id] of [
    ["car-racing-env", "CarRacing-v3"],
    ["gymnasium-env", "gymnasium:CartPole-v1"],
  ] as const) {
    const env = await openEnv(`grpc+${host.address(service).replace("unix:", "unix://")}/${id}`, {
      numEnvs: SESSION_SLOTS,
    });
    await env.reset();
    const { action } = env.spec;
    const size = SESSION_SLOTS * (action.type === "BOX" ? action.size : 1);
    for (let i = 0; i < SESSION_STEPS; i++) await env.step(new Float32Array(size));
    await env.close();
  }
}

const ROWS = 5;

/** A batch for V and one for M, of the run's models. */
async function askModels(): Promise<void> {
  const { artifacts } = JSON.parse(readFileSync(join(runDir, "run.json"), "utf8")) as {
    readonly artifacts: Readonly<Record<string, { readonly digest: string }>>;
  };
  const inTime = { deadlineMs: 60_000 };
  const encoder = connect(host.address("encoder"));
  const predictor = connect(host.address("predictor"));
  try {
    const frames = toTensor(new Uint8Array(ROWS * 64 * 64 * 3), [ROWS, 64, 64, 3]);
    const vision = createClient(EncoderServiceService, encoder);
    const { mean } = await vision.encode({ model: artifacts["vae"]?.digest ?? "", frames }, inTime);
    const action = toTensor(new Float32Array(3 * ROWS), [ROWS, 3]);
    const model = artifacts["mdn-rnn"]?.digest ?? "";
    await createClient(PredictorServiceService, predictor).predict(
      { model, latent: mean, action, state: undefined },
      inTime,
    );
  } finally {
    encoder.close();
    predictor.close();
  }
}

function logOf(name: ServiceName): Record<string, unknown>[] {
  const lines = readFileSync(join(root, "a", `${name}.log`), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function readMetrics(name: ServiceName): Promise<ExposedMetrics> {
  const url = logOf(name).find(({ event }) => event === "metrics")?.["url"];
  return parseMetrics(await (await fetch(String(url))).text());
}

/** Sum of a metric's samples at a service that have these labels. */
function total(name: ServiceName, metric: string, labels: Readonly<Record<string, string>>): number {
  const fitting = (metrics.get(name)?.samples ?? []).filter(
    (sample) =>
      sample.name === metric &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return fitting.reduce((sum, { value }) => sum + value, 0);
}

test("every query of the dashboard reads metrics and labels that the services expose", () => {
  const labelsOf = new Map<string, Set<string>>();
  for (const { samples } of metrics.values()) {
    for (const { name, labels } of samples) {
      const known = labelsOf.get(name) ?? new Set();
      for (const label of Object.keys(labels)) known.add(label);
      labelsOf.set(name, known);
    }
  }
  const used = usedMetrics(new URL("../../../deploy/grafana/worldmodels.json", import.meta.url));
  const wrong = used.flatMap(({ panel, query, name, labels }) => {
    const known = labelsOf.get(name);
    if (known === undefined) return [`${panel}: no service has ${name}, in ${query}`];
    return labels
      .filter((label) => !known.has(label))
      .map((label) => `${panel}: ${name} has no ${label}, in ${query}`);
  });
  assert.deepEqual(wrong, []);
  assert.ok(used.length >= 25, `the dashboard reads ${used.length} metrics`);
});

test("the dashboard shows every metric that the services expose", () => {
  const used = usedMetrics(new URL("../../../deploy/grafana/worldmodels.json", import.meta.url));
  const shown = new Set(used.map(({ name }) => name.replace(/_(bucket|sum|count)$/, "")));
  const exposed = [...(metrics.get("encoder")?.types.keys() ?? [])];
  assert.deepEqual(
    exposed.filter((name) => !shown.has(name)),
    [],
  );
});

test("Prometheus reads every service, under its own name", () => {
  const text = readFileSync(new URL("../../../deploy/prometheus/prometheus.yml", import.meta.url), "utf8");
  const jobs = [
    ...text.matchAll(/job_name: (\S+)\n\s+dns_sd_configs: \[\{ names: \[(\S+)\], type: A, port: 9464,/g),
  ];
  assert.deepEqual(
    jobs.map(([, name, target]) => [name, target]),
    serviceNames.map((name) => [name, name]),
  );
});

test("sessions' steps are counted to the step, by environment", () => {
  for (const [service, env] of [
    ["car-racing-env", "CarRacing-v3"],
    ["gymnasium-env", "gymnasium:CartPole-v1"],
  ] as const) {
    const steps = total(service, "worldmodels_env_steps_total", { env, by: "session" });
    assert.equal(steps, SESSION_STEPS * SESSION_SLOTS, service);
    assert.equal(total(service, "worldmodels_env_slots", { env }), 0, "a closed session has no slots");
    assert.equal(total(service, "worldmodels_rpc_seconds_count", { method: "Interact", code: "OK" }), 1);
  }
});

test("rows of V and M are counted to the row", () => {
  assert.equal(total("encoder", "worldmodels_model_rows_total", { model: "vae", call: "encode" }), ROWS);
  assert.equal(
    total("predictor", "worldmodels_model_rows_total", { model: "mdn-rnn", call: "predict" }),
    ROWS,
  );
  assert.equal(total("encoder", "worldmodels_model_batches_in_flight", {}), 0);
});

test("what workers play reaches the service, through however many processes, by who asked for it", () => {
  const { stages } = JSON.parse(readFileSync(join(runDir, "run.json"), "utf8")) as {
    readonly stages: Readonly<Record<string, { readonly facts: Readonly<Record<string, number>> }>>;
  };
  const { episodes = NaN, frames = NaN } = stages["collect"]?.facts ?? {};
  const played = (by: string) => ({
    episodes: total("rollout", "worldmodels_env_episodes_total", { env: "CarRacing-v3", by }),
    steps: total("rollout", "worldmodels_env_steps_total", { env: "CarRacing-v3", by }),
  });
  // Jobs: the recordings, and two whole episodes each of C and of the random policy for the scores.
  assert.deepEqual(played("job"), { episodes: episodes + 4, steps: frames + 4 * 1000 });
  // Evolution's candidates: episodes of 60 steps, until 1000 and then 500 steps are reached.
  const { episodes: candidates, steps } = played("evaluate");
  assert.equal(steps, 60 * candidates);
  assert.ok(steps >= 1500, `${steps} steps`);
  assert.equal(total("evolver", "worldmodels_env_steps_total", {}), 0, "nothing is counted twice");
});

test("every stage is a job that SUCCEEDED at one service, and none waits or runs", () => {
  const stagesOf = (name: ServiceName) =>
    (metrics.get(name)?.samples ?? [])
      .filter(
        (sample) => sample.name === "worldmodels_job_seconds_count" && sample.labels["state"] === "SUCCEEDED",
      )
      .map(({ labels, value }) => [labels["stage"], value]);
  assert.deepEqual(jobServices.flatMap(stagesOf).sort(), [
    ["collect", 1],
    ["encode", 1],
    ["evaluate", 1],
    ["evolve", 1],
    ["train-mdn-rnn", 1],
    ["train-vae", 1],
  ]);
  for (const name of jobServices) assert.equal(total(name, "worldmodels_jobs", {}), 0);
});

test("a run is one trace, from the command line to jobs' processes and workers", () => {
  const spans = receiver.spans;
  const top = spans.filter(({ name }) => name === "run");
  assert.equal(top.length, 1);
  const [{ traceId, spanId } = { traceId: "", spanId: "" }] = top;
  const ofRun = spans.filter((span) => span.traceId === traceId);
  const byId = new Map(ofRun.map((span) => [span.spanId, span]));
  const rootOf = (span: ReceivedSpan): string => {
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
    return parent === undefined ? span.spanId : rootOf(parent);
  };
  assert.deepEqual(
    ofRun.filter((span) => rootOf(span) !== spanId).map(({ service, name }) => `${service} ${name}`),
    [],
    "spans of the trace that do not lead to its root",
  );
  const names = new Set(ofRun.map(({ service, name }) => `${service}: ${name}`));
  for (const expected of [
    ...[
      "stage collect",
      "stage train V",
      "stage evolve C",
      "worldmodels.rollout.v1.RolloutService/Collect",
    ].map((name) => `worldmodels: ${name}`),
    ...["worldmodels.rollout.v1.RolloutService/Collect", "job collect", "process collect", "worker"].map(
      (name) => `rollout: ${name}`,
    ),
    "rollout: worldmodels.rollout.v1.RolloutService/Evaluate",
    "encoder: process train-vae",
    "predictor: process train-mdn-rnn",
    "evolver: process evolve",
    "evolver: worldmodels.rollout.v1.RolloutService/Evaluate",
  ]) {
    assert.ok(names.has(expected), `${expected} is none of ${[...names].join(", ")}`);
  }
  // The command, four services, and a process for each of seven stages, the report's among them.
  assert.equal(new Set(ofRun.map(({ pid }) => pid)).size, 12);
  assert.deepEqual(
    ofRun.filter(({ failed }) => failed).map(({ service, name }) => `${service} ${name}`),
    [],
  );
});

test("every line of a log is an event, and what concerns a job says its job, run and trace", () => {
  const traceId = receiver.spans.find(({ name }) => name === "run")?.traceId;
  for (const name of serviceNames) {
    for (const line of logOf(name)) {
      assert.equal(line["service"], name);
      assert.match(String(line["time"]), /^\d{4}-\d\d-\d\dT/);
      assert.equal(typeof line["event"], "string");
    }
  }
  for (const name of jobServices) {
    const ofJobs = logOf(name).filter(({ event, process }) => event === "job" || process === "job");
    assert.ok(
      ofJobs.some(({ event }) => event === "job-process-started"),
      name,
    );
    for (const { job, run: of, trace } of ofJobs) {
      assert.match(String(job), /^[0-9a-f]{64}$/);
      assert.deepEqual([of, trace], ["watched", traceId]);
    }
  }
  const workers = logOf("rollout").filter(({ event }) => event === "worker-ready");
  assert.ok(
    workers.some(({ job, run: of }) => typeof job === "string" && of === "watched"),
    "workers of jobs",
  );
});
