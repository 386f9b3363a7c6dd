import { DomainError } from "@worldmodels/errors";
import { addCounts, counter, currentTraceparent, startSpan } from "@worldmodels/telemetry";
import type { OpenSpan } from "@worldmodels/telemetry";
import type { FromWorker } from "./protocol.js";
import { startWorkerProcess } from "./worker-process.js";
import type { WorkerProcess } from "./worker-process.js";

export interface WorkerPoolOptions {
  /** The module that each child process runs. */
  readonly entry: URL;
  /** Sent once to each worker; anything that structured clone takes. */
  readonly setup: unknown;
  /** Number of child processes, 1 or more. Results never depend on it. */
  readonly workers: number;
  /** Tasks that one worker holds at once: its slots, and a few more so that a slot never waits for the next. */
  readonly tasksPerWorker: number;
  /** Deaths without a finished task in between, after which the pool gives up; default 3. */
  readonly maxDeathsInARow?: number;
  /** A worker that holds tasks and is silent for so long is killed and its tasks run again; default 120,000 ms. */
  readonly silenceTimeoutMs?: number;
  /** Told of every death that was survived. */
  readonly onDeath?: (sentence: string) => void;
}

export interface RunOptions<Result> {
  readonly signal?: AbortSignal;
  /** Called as results come, in no particular order. */
  readonly onResult?: (index: number, result: Result) => void;
  /** Called about once a second per worker with the environment steps since its last call. */
  readonly onSteps?: (steps: number) => void;
}

/** Child processes that share a list of tasks. A task is a pure function of itself, so a lost one is simply run again. */
export interface WorkerPool<Task, Result> {
  /** Runs all tasks and gives their results in the tasks' order. One call at a time. */
  run(tasks: readonly Task[], options?: RunOptions<Result>): Promise<Result[]>;
  /** Greatest resident memory seen in any worker, bytes. */
  readonly peakWorkerRssBytes: number;
  /** Process ids of the workers that live now. */
  readonly pids: readonly number[];
  close(): void;
}

interface Worker {
  readonly process: WorkerProcess;
  readonly held: Set<number>;
  ready: boolean;
  lastHeardMs: number;
  /** From its first task of a run until it has none; of the worker, though told here: a dead one could not. */
  span: OpenSpan | undefined;
}

interface Run {
  readonly tasks: readonly unknown[];
  readonly waiting: number[];
  readonly results: unknown[];
  readonly options: RunOptions<unknown>;
  left: number;
  /** What the workers' spans belong to. */
  readonly traceparent: string | undefined;
  resolve(results: unknown[]): void;
  reject(error: unknown): void;
}

export function createWorkerPool<Task, Result>(options: WorkerPoolOptions): WorkerPool<Task, Result> {
  const { maxDeathsInARow = 3, silenceTimeoutMs = 120_000 } = options;
  const workers = new Set<Worker>();
  let run: Run | undefined;
  let deathsInARow = 0;
  let peakWorkerRssBytes = 0;
  let closed = false;

  const startWorker = () => {
    const worker: Worker = {
      process: startWorkerProcess(options.entry, {
        onMessage: (message) => {
          receive(worker, message);
        },
        onEnd: (how) => {
          bury(worker, how);
        },
      }),
      held: new Set(),
      ready: false,
      lastHeardMs: Date.now(),
      span: undefined,
    };
    workers.add(worker);
    worker.process.send({ type: "setup", setup: options.setup });
  };

  const receive = (worker: Worker, message: FromWorker) => {
    worker.lastHeardMs = Date.now();
    switch (message.type) {
      case "ready":
        worker.ready = true;
        feed();
        return;
      case "pulse":
        addCounts(message.counts);
        peakWorkerRssBytes = Math.max(peakWorkerRssBytes, message.rssBytes);
        run?.options.onSteps?.(message.steps);
        return;
      case "failed":
        finish(
          message.code === "bug"
            ? new Error(message.message)
            : new DomainError(message.code, message.message),
        );
        return;
      case "result":
        addCounts(message.counts);
        if (run === undefined || !worker.held.delete(message.id)) return;
        deathsInARow = 0;
        run.results[message.id] = message.result;
        run.left--;
        // The callback may abort the run, hence the check after it.
        run.options.onResult?.(message.id, message.result);
        finishOrFeed();
        if (worker.held.size === 0) endSpan(worker);
    }
  };

  const bury = (worker: Worker, how: string) => {
    endSpan(worker, how);
    if (!workers.delete(worker) || closed) return;
    counter("worldmodels_worker_deaths_total", {}).add(1);
    deathsInARow++;
    const lost = worker.held.size;
    const sentence = `a rollout worker (process ${worker.process.pid ?? "that never started"}) ${how} with ${lost} episodes in hand`;
    if (deathsInARow > maxDeathsInARow) {
      finish(
        new DomainError(
          "unavailable",
          `${sentence}, the ${deathsInARow}th death in a row without a finished episode; see its output above`,
        ),
      );
      return;
    }
    options.onDeath?.(`${sentence}; they are run again`);
    run?.waiting.unshift(...[...worker.held].sort((a, b) => a - b));
    if (run === undefined) return;
    counter("worldmodels_worker_restarts_total", {}).add(1);
    startWorker();
  };

  const beginSpan = (worker: Worker) => {
    const attributes = { "worker.pid": worker.process.pid ?? 0 };
    worker.span ??= startSpan("worker", { parent: run?.traceparent, attributes });
  };
  const endSpan = (worker: Worker, failure?: string) => {
    worker.span?.end(failure);
    worker.span = undefined;
  };

  // Deals one task at a time to the worker that holds fewest, so that all have work until the last.
  const feed = () => {
    if (run === undefined) return;
    while (run.waiting.length > 0) {
      let least: Worker | undefined;
      for (const worker of workers) {
        if (worker.ready && (least === undefined || worker.held.size < least.held.size)) least = worker;
      }
      if (least === undefined || least.held.size >= options.tasksPerWorker) return;
      const id = run.waiting.shift();
      if (id === undefined) return;
      if (least.held.size === 0) least.lastHeardMs = Date.now();
      beginSpan(least);
      least.held.add(id);
      least.process.send({ type: "task", id, task: run.tasks[id] });
    }
  };

  const finishOrFeed = () => {
    if (run?.left === 0) finish();
    else feed();
  };

  const finish = (error?: unknown) => {
    const ended = run;
    run = undefined;
    if (error !== undefined) killAll();
    if (ended === undefined) return;
    if (error === undefined) ended.resolve(ended.results);
    else ended.reject(error);
  };

  // Workers that still hold tasks of an abandoned run would answer into the next one; they are not kept.
  const killAll = () => {
    for (const worker of workers) {
      workers.delete(worker);
      endSpan(worker, "was ended with its run");
      worker.process.kill();
    }
  };

  const killSilent = () => {
    for (const worker of workers) {
      const silent = Date.now() - worker.lastHeardMs > silenceTimeoutMs;
      if (silent && (worker.held.size > 0 || !worker.ready)) worker.process.kill();
    }
  };

  return {
    get peakWorkerRssBytes() {
      return peakWorkerRssBytes;
    },
    get pids() {
      return [...workers].flatMap((worker) => worker.process.pid ?? []);
    },
    async run(tasks, runOptions = {}) {
      if (closed) throw new DomainError("failed-precondition", "this rollout pool has been closed");
      if (run !== undefined) {
        throw new DomainError("failed-precondition", "this rollout pool is already running a list of tasks");
      }
      const { signal } = runOptions;
      signal?.throwIfAborted();
      if (tasks.length === 0) return [];
      const watch = setInterval(killSilent, 1000);
      const abort = () => {
        finish(signal?.reason ?? new DomainError("cancelled", "the rollouts were cancelled"));
      };
      signal?.addEventListener("abort", abort, { once: true });
      try {
        return (await new Promise<unknown[]>((resolve, reject) => {
          run = {
            tasks,
            waiting: tasks.map((_, index) => index),
            results: new Array<unknown>(tasks.length),
            options: runOptions as RunOptions<unknown>,
            left: tasks.length,
            traceparent: currentTraceparent(),
            resolve,
            reject,
          };
          deathsInARow = 0;
          while (workers.size < options.workers) startWorker();
          feed();
        })) as Result[];
      } finally {
        clearInterval(watch);
        signal?.removeEventListener("abort", abort);
      }
    },
    close() {
      closed = true;
      finish(new DomainError("cancelled", "the rollout pool was closed"));
      killAll();
    },
  };
}
