import { spawn } from "node:child_process";
import { constants } from "node:os";
import { basename } from "node:path";

/** @type {NodeJS.Signals[]} */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] the whole environment; this process's by default
 * @property {"show" | "keep"} [output] show it to the person, or keep it for the error (the default)
 * @property {number} [timeoutMs] after which the child is stopped; none by default
 */

/**
 * Runs a command to its end. A stop of this process is passed on, and once the child has ended, this process ends, too
 * (with the exit code of a child that is shown): nothing is left running, and nothing more is begun.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>} the exit code (128 + n for signal n), and what was kept
 */
export function run(command, args, options = {}) {
  const { cwd, env, output = "keep", timeoutMs } = options;
  return new Promise((resolve) => {
    let kept = "";
    const child = spawn(command, args, {
      cwd,
      env,
      timeout: timeoutMs,
      stdio: output === "show" ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        kept = (kept + text).slice(-200_000);
      });
    }
    // A step of set-up gets a moment to tidy up (npm would take half a minute); what is shown stops in its own time.
    const forward = forwardSignals(child, output === "keep" ? 3000 : undefined);
    child.once("error", (error) => {
      forward.stop();
      resolve({ code: 127, output: error.message });
    });
    child.once("close", (code, signal) => {
      forward.stop();
      if (forward.received)
        process.exit(output === "show" ? exitCode(code, signal) : exitCode(null, forward.received));
      resolve({ code: exitCode(code, signal), output: kept });
    });
  });
}

/**
 * As `run`, for a step that must succeed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} what was kept of the output
 */
export async function runOrThrow(command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code === 0) return output;
  const lines = output.trim().split("\n");
  // A compiler's first error is the cause of the others; a failing program's reason is in its last lines.
  const excerpt = lines.length <= 30 ? lines : [...lines.slice(0, 15), "…", ...lines.slice(-15)];
  const words = [basename(command), ...args].join(" ");
  const shown = words.length > 80 ? `${words.slice(0, 80)}…` : words;
  throw new Error(`${shown} ended with exit code ${code}\n${excerpt.join("\n")}`.trimEnd());
}

/**
 * Hands this process's stop signals to `child`. Ctrl-C reaches a child in the terminal's group by itself, so SIGINT
 * is only noted there and sent where there is no terminal: the child gets it once either way.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @param {number} [killAfterMs] after which a child that is still there is killed; never by default
 */
export function forwardSignals(child, killAfterMs) {
  const state = {
    /** @type {NodeJS.Signals | undefined} */
    received: undefined,
    stop: () => {
      for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    },
  };
  /** @param {NodeJS.Signals} signal */
  const onSignal = (signal) => {
    state.received = signal;
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs).unref();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  return state;
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 * @returns {number} as shells count: 128 + the signal's number
 */
export function exitCode(code, signal) {
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}
