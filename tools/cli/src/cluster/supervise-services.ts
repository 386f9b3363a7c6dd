import { connect, waitUntilServing } from "@worldmodels/grpc-kit";
import type { ChildProcess } from "node:child_process";
import { DomainError } from "@worldmodels/errors";
import type { ServiceName } from "./cluster-file.js";
import { startService } from "./service-process.js";
import type { ServicePlan } from "./service-process.js";

export type ServiceState = "starting" | "serving" | "restarting" | "stopped" | "gave up";

/** What is known of a service. */
export interface ServiceStatus {
  readonly name: ServiceName;
  readonly address: string;
  readonly state: ServiceState;
  readonly pid: number | undefined;
  /** Times that it died and was started again. */
  readonly restarts: number;
}

export interface Supervision {
  /** Resolves when every service serves. @throws DomainError where one cannot be started */
  readonly started: Promise<void>;
  /** Rejects when a service has died too often, and never resolves. */
  readonly failed: Promise<never>;
  statuses(): ServiceStatus[];
  /** Drains all services and resolves when they have ended. */
  stop(): Promise<void>;
}

/** A service may die so often within a minute before it is left alone: it would only die again. */
const MOST_RESTARTS = 5;
const RESTART_WINDOW_MS = 60_000;
const START_TIMEOUT_MS = 60_000;
/** A service that does not stop when asked is killed after this. */
const STOP_TIMEOUT_MS = 30_000;

interface Supervised {
  readonly plan: ServicePlan;
  child: ChildProcess;
  state: ServiceState;
  deaths: number[];
  ended: Promise<void>;
}

/**
 * Starts services and keeps them alive: one that dies is started again.
 *
 * @param onChange is called whenever a state changes, with a sentence where something went wrong
 */
export function superviseServices(
  plans: readonly ServicePlan[],
  onChange: (sentence?: string) => void,
): Supervision {
  let stopping = false;
  let fail: (error: DomainError) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  const supervised: Supervised[] = [];

  const begin = (plan: ServicePlan): Pick<Supervised, "child" | "ended"> => {
    let resolveEnd: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (resolveEnd = resolve));
    const child = startService(plan, (how) => {
      resolveEnd();
      onEnd(plan, how);
    });
    return { child, ended };
  };
  const onEnd = (plan: ServicePlan, how: string) => {
    const service = supervised.find((each) => each.plan === plan);
    if (service === undefined) return;
    if (stopping) {
      service.state = "stopped";
      onChange();
      return;
    }
    const now = Date.now();
    service.deaths = [...service.deaths.filter((death) => now - death < RESTART_WINDOW_MS), now];
    // An error of the settings comes again at every start: there is no point in trying.
    const isHopeless = how.endsWith("exit code 2") || service.deaths.length > MOST_RESTARTS;
    service.state = isHopeless ? "gave up" : "restarting";
    onChange(
      `${plan.name} ${how}; ${isHopeless ? "it is not started again" : "it is started again"} (${plan.logFile})`,
    );
    if (isHopeless) {
      const sentence = `${plan.name} ${how}; its log says why: ${plan.logFile}`;
      fail(new DomainError("unavailable", sentence));
      return;
    }
    Object.assign(service, begin(plan));
    watch(service).catch(() => undefined);
  };
  const watch = async (service: Supervised): Promise<void> => {
    const { child, plan } = service;
    const connection = connect(plan.address, { tls: plan.tls });
    try {
      await waitUntilServing(connection, { timeoutMs: START_TIMEOUT_MS });
      if (service.child !== child || service.state === "gave up") return;
      service.state = "serving";
      onChange();
    } finally {
      connection.close();
    }
  };

  for (const plan of plans) supervised.push({ plan, state: "starting", deaths: [], ...begin(plan) });
  onChange();
  const all = Promise.all(supervised.map(watch));
  all.catch(() => undefined);
  return {
    started: Promise.race([all.then(() => undefined), failed]),
    failed,
    statuses: () =>
      supervised.map(({ plan, state, child, deaths }) => ({
        name: plan.name,
        address: plan.address,
        state,
        pid: child.pid,
        restarts: deaths.length,
      })),
    async stop() {
      stopping = true;
      await Promise.all(
        supervised.map(async ({ child, ended }) => {
          child.kill("SIGTERM");
          const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
          await ended;
          clearTimeout(timer);
        }),
      );
    },
  };
}
