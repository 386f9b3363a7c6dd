import "./node-shim.js";
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import { DomainError } from "@worldmodels/errors";
import { createNativeOps } from "./native-ops.js";
import { portableOps } from "./portable-ops.js";
import type { TensorOps } from "./tensor-ops.js";
import { registerWasmFilterGradient } from "./wasm-filter-gradient.js";

/** `auto`: a GPU build where one is installed, else the native CPU build, else wasm. */
export type BackendPreference = "auto" | "gpu" | "native" | "wasm";

export interface TrainingBackend {
  readonly kind: "gpu" | "native" | "wasm";
  /** One sentence for people: what was taken and why. */
  readonly reason: string;
  /** TensorFlow's version, or tfjs's for wasm. */
  readonly version: string;
  readonly ops: TensorOps;
}

/**
 * Loads and activates what tfjs is to compute with, for this process.
 *
 * @param load tries a native package; for tests
 * @throws DomainError `unavailable` where a preferred backend cannot be had
 */
export async function selectBackend(
  preference: BackendPreference = "auto",
  load: (packageName: string) => Promise<LoadedBackend> = loadNative,
): Promise<TrainingBackend> {
  const failures: string[] = [];
  if (preference === "gpu" || preference === "auto") {
    const gpu = await load("@tensorflow/tfjs-node-gpu");
    if ("ops" in gpu) return { ...gpu, kind: "gpu", reason: "TensorFlow's GPU build is installed" };
    if (preference === "gpu") {
      throw unavailable("TensorFlow's GPU build", gpu.problem, "install @tensorflow/tfjs-node-gpu 4.22.0");
    }
    if (gpu.installed) failures.push(`TensorFlow's GPU build does not load: ${gpu.problem}`);
  }
  if (preference === "native" || preference === "auto") {
    const native = await load("@tensorflow/tfjs-node");
    if ("ops" in native) {
      return { ...native, kind: "native", reason: ["native TensorFlow on the CPU", ...failures].join("; ") };
    }
    if (preference === "native") {
      throw unavailable("native TensorFlow", native.problem, "run the set-up (npm start) again");
    }
    failures.push(`native TensorFlow does not load: ${native.problem}`);
  }
  await import("@tensorflow/tfjs-backend-wasm");
  registerWasmFilterGradient();
  if (!(await tf.setBackend("wasm"))) {
    throw unavailable("tfjs's wasm backend", "it did not start", "install the packages again");
  }
  const reason = ["tfjs on wasm, about 30 times slower than native", ...failures].join("; ");
  return { kind: "wasm", reason, version: tf.version_core, ops: portableOps };
}

/** A native package that is loaded and active, or why it is not. */
export type LoadedBackend =
  Pick<TrainingBackend, "version" | "ops"> | { readonly problem: string; readonly installed: boolean };

async function loadNative(packageName: string): Promise<LoadedBackend> {
  const require = createRequire(import.meta.url);
  try {
    require.resolve(packageName);
  } catch {
    return { problem: `${packageName} is not installed`, installed: false };
  }
  try {
    // TensorFlow tells of its CPU features on stderr otherwise.
    process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
    require(packageName);
    await tf.setBackend("tensorflow");
    return { version: tensorflowVersion(), ops: createNativeOps() };
  } catch (error) {
    const [problem = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { problem: problem.trim(), installed: true };
  }
}

function tensorflowVersion(): string {
  const { binding } = tf.backend() as unknown as { readonly binding: { readonly TF_Version?: string } };
  return binding.TF_Version ?? "of unknown version";
}

function unavailable(what: string, problem: string, advice: string): DomainError {
  return new DomainError(
    "unavailable",
    `${what} was asked for and cannot be had: ${problem}; ${advice}, or take another backend`,
  );
}
