// What no proper client would send: floods, rubbish, and calls that vary good ones. A longer fuzz, of other seeds:
//   FUZZ_CALLS=5000 FUZZ_SEED=7 node tools/setup/run-tests.mjs e2e/src/services/rough.test.ts
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, createClient } from "@worldmodels/grpc-kit";
import { describeBugs, fuzzService } from "@worldmodels/grpc-kit/fuzz";
import type { FuzzOptions } from "@worldmodels/grpc-kit/fuzz";
import { ArtifactServiceService } from "@worldmodels/proto/artifact";
import { EncoderServiceService } from "@worldmodels/proto/encoder";
import { EnvServiceService, InteractRequest } from "@worldmodels/proto/env";
import { CreateOptimizerRequest, EvolverServiceService } from "@worldmodels/proto/evolver";
import { JobServiceService } from "@worldmodels/proto/job";
import { PredictorServiceService } from "@worldmodels/proto/predictor";
import { EvaluateRequest, RolloutServiceService } from "@worldmodels/proto/rollout";
import { floodMalformed, floodSessions } from "./flood.js";
import { localServices } from "./local-services.js";
import type { ServiceName } from "./service-host.js";

const root = mkdtempSync(join(tmpdir(), "wm-rough-"));
const host = localServices(root, join(root, "runs"));
const all: readonly ServiceName[] = ["car-racing-env", "encoder", "predictor", "evolver", "rollout"];
const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const callsPerMethod = Number(process.env["FUZZ_CALLS"] ?? 60);

before(async () => {
  await Promise.all(all.map((name) => host.start(name)));
});
after(async () => {
  await host.close();
  rmSync(root, { recursive: true, force: true });
});

test("a thousand sessions at once are served or refused, and the service goes on", async () => {
  for (let round = 0; round < 2; round++) {
    // The service's own limit is 64 sessions; a second round shows that they are free again.
    assert.deepEqual(await floodSessions(host.address("car-racing-env"), 1000), {
      opened: 64,
      "resource-exhausted": 936,
    });
  }
});

test("ten thousand messages that are none are refused one by one", async () => {
  const outcomes = await floodMalformed(host.address("car-racing-env"), 10_000);
  assert.deepEqual(outcomes, { "invalid-argument": 10_000 });
});

async function fuzz<S extends object>(
  name: ServiceName,
  definition: S,
  options: Partial<FuzzOptions<S>> = {},
) {
  const connection = connect(host.address(name));
  try {
    const report = await fuzzService(connection, definition, { seed, callsPerMethod, ...options });
    assert.equal(describeBugs(report), "");
    assert.deepEqual(report.bugs, []);
    assert.ok(report.isHealthy);
  } finally {
    connection.close();
  }
}

const session = [
  { $case: "open", value: { envId: "CarRacing-v3", numEnvs: 2 } },
  { $case: "reset", value: {} },
  { $case: "step", value: { actions: new Uint8Array(24) } },
  { $case: "render", value: { slot: 0 } },
] as const;

test("the fuzz finds nothing in car-racing-env", () =>
  fuzz("car-racing-env", EnvServiceService, {
    examples: { interact: session.map((request) => InteractRequest.fromPartial({ request })) },
  }));

test("the fuzz finds nothing in the encoder", () => fuzz("encoder", EncoderServiceService));

test("the fuzz finds nothing in the predictor, nor in its dreams", async () => {
  await fuzz("predictor", PredictorServiceService);
  await fuzz("predictor", EnvServiceService);
});

test("the fuzz finds nothing in the evolver", () =>
  fuzz("evolver", EvolverServiceService, {
    examples: {
      createOptimizer: [CreateOptimizerRequest.fromPartial({ optimizerId: "a", x0: [0, 0], sigma0: 1 })],
      ask: [{ optimizerId: "a" }],
      tell: [{ optimizerId: "a", generation: 1, fitness: [1, 2, 3, 4, 5, 6] }],
      getOptimizer: [{ optimizerId: "a", withCheckpoint: true }],
    },
  }));

test("the fuzz finds nothing in rollout", () =>
  fuzz("rollout", RolloutServiceService, {
    // A collect without settings is no mistake: it would record the paper's 10,000 episodes.
    methods: ["evaluate", "scoreController"],
    examples: {
      evaluate: [
        EvaluateRequest.fromPartial({
          env: "CarRacing-v3?max_episode_steps=5",
          driver: { $case: "policy", value: { kind: "uniform" } },
          tasks: [{ index: 0, seed: 1n }],
          slots: 1,
        }),
      ],
    },
  }));

test("the fuzz finds nothing in the jobs of any service", async () => {
  for (const name of all.slice(1)) await fuzz(name, JobServiceService);
});

/** A manifest that the service takes, and its content; the fuzz sends them as calls of one message, too. */
const small = {
  artifact: {
    kind: "sample",
    digest: createHash("sha256")
      .update(`{"files":[["a","${sha256("a")}"]],"kind":"sample","metadata":{}}`)
      .digest("hex"),
  },
  metadataJson: "{}",
  files: [{ path: "a", sizeBytes: 1n, sha256: sha256("a") }],
  createdBy: "",
};

test("the fuzz finds nothing in the artifacts of any service", async () => {
  for (const name of all.slice(1)) {
    await fuzz(name, ArtifactServiceService, {
      examples: {
        hasArtifacts: [{ artifacts: [small.artifact] }],
        getArtifact: [{ artifact: small.artifact, offset: 0n }],
        putArtifact: [
          { part: { $case: "manifest", value: small } },
          { part: { $case: "content", value: new TextEncoder().encode("a") } },
        ],
      },
    });
  }
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

test("every service still answers properly", async () => {
  const connection = connect(host.address("evolver"));
  const client = createClient(EvolverServiceService, connection);
  const { optimizer } = await client.createOptimizer(
    CreateOptimizerRequest.fromPartial({ optimizerId: "after-all", x0: [1, 2], sigma0: 1 }),
    { deadlineMs: 5000 },
  );
  assert.equal(optimizer?.dimensions, 2);
  connection.close();
  for (const name of all) assert.equal(await host.stop(name), 0, name);
});
