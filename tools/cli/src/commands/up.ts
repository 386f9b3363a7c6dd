import { lockFolder } from "@worldmodels/jobs";
import { readClients } from "@worldmodels/grpc-kit";
import { Command } from "commander";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { abortOnSignals } from "../abort-on-signals.js";
import { readClusterCertificates } from "../cluster/cluster-certificates.js";
import { writeCluster } from "../cluster/cluster-file.js";
import { planServices } from "../cluster/plan-services.js";
import { superviseServices } from "../cluster/supervise-services.js";
import type { ServiceStatus } from "../cluster/supervise-services.js";
import { workersOption } from "../common-options.js";
import { formatTable } from "../format.js";
import { parsePath, wholeNumber } from "../parse-options.js";

interface UpOptions {
  readonly dir: string;
  readonly runs: string;
  readonly basePort?: number;
  readonly workers: number;
  readonly certificates?: string;
  readonly client?: string;
  readonly clientsFile?: string;
  readonly tokenFile?: string;
  readonly json: boolean;
}

/** `worldmodels up`: every service on this machine, until Ctrl-C. */
export function upCommand(): Command {
  return new Command("up")
    .summary("start every service on this machine; Ctrl-C drains and stops them")
    .description(
      "Starts car-racing-env, vizdoom-env, gymnasium-env, encoder, predictor, evolver and rollout, each a\n" +
        "process of its own, and writes\n" +
        "DIR/cluster.json for: worldmodels train car-racing --cluster DIR/cluster.json\n" +
        "Logs are in DIR/logs, artifacts and jobs beside them. A service that dies is started again.",
    )
    .option("--dir <folder>", "where the services keep everything", parsePath, "cluster")
    .option(
      "--runs <folder>",
      "run folders whose dreams the predictor serves, as dream:NAME",
      parsePath,
      "runs",
    )
    .option(
      "--base-port <number>",
      "listen on 127.0.0.1 from this port on, instead of unix sockets",
      wholeNumber(1),
    )
    .addOption(workersOption())
    .option(
      "--certificates <folder>",
      "mutual TLS with the certificates of this folder (see worldmodels certificates); needs --base-port",
      parsePath,
    )
    .option("--client <name>", "whose certificate of it cluster.json names; default: the first client's")
    .option("--clients-file <file>", "who may call, and how much (see worldmodels clients)", parsePath)
    .option("--token-file <file>", "file of the token that cluster.json names", parsePath)
    .option("--json", "print one JSON object a line instead of a table", false)
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const say = (line: string, event: object) => {
    console.log(options.json ? JSON.stringify(event) : line);
  };
  const certificates =
    options.certificates === undefined
      ? undefined
      : await readClusterCertificates(options.certificates, options.client);
  if (options.clientsFile !== undefined) readClients(options.clientsFile);
  const { plans, cluster } = planServices({ ...options, certificates, folder: options.dir });
  const unlock = await lockFolder(options.dir);
  const { signal, dispose } = abortOnSignals((name) => {
    say(`${name}: draining`, { event: "draining", signal: name });
  });
  try {
    mkdirSync(join(options.dir, "logs"), { recursive: true });
    const startedMs = performance.now();
    const supervision = superviseServices(plans, (sentence) => {
      if (sentence !== undefined) say(sentence, { event: "warning", message: sentence });
    });
    const stopAsked = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    try {
      await Promise.race([supervision.started, stopAsked]);
      if (!signal.aborted) {
        const file = join(options.dir, "cluster.json");
        await writeCluster(file, cluster);
        const seconds = (performance.now() - startedMs) / 1000;
        say(
          `${showTable(supervision.statuses())}\n\nall serving after ${seconds.toFixed(1)} s; logs: ${join(options.dir, "logs")}\nuse them:  worldmodels train car-racing --cluster ${file}\nCtrl-C drains and stops them`,
          {
            event: "serving",
            seconds,
            cluster: file,
            services: supervision.statuses(),
          },
        );
        await Promise.race([supervision.failed, stopAsked]);
      }
    } finally {
      await supervision.stop();
    }
    say("all services have stopped", { event: "stopped" });
  } finally {
    dispose();
    await unlock();
  }
}

function showTable(statuses: readonly ServiceStatus[]): string {
  const rows = statuses.map(({ name, state, pid, address }) => [name, state, String(pid ?? "-"), address]);
  return formatTable([["service", "state", "process", "address"], ...rows], [0, 1, 3]);
}
