import { createClient } from "@worldmodels/grpc-kit";
import { isDomainError } from "@worldmodels/errors";
import { DomainError } from "@worldmodels/errors";
import { fromJobMessage } from "@worldmodels/job-grpc";
import type { JobRecord } from "@worldmodels/jobs";
import { JobServiceService } from "@worldmodels/proto/job";
import type { Job } from "@worldmodels/proto/job";
import { Command, Option } from "commander";
import { join } from "node:path";
import { abortOnSignals } from "../abort-on-signals.js";
import type { ServiceName } from "../cluster/cluster-file.js";
import { connectCluster } from "../cluster/connect-cluster.js";
import type { ClusterConnections } from "../cluster/connect-cluster.js";
import { formatDuration, formatTable } from "../format.js";
import { parsePath } from "../parse-options.js";
import { createProgressDisplay } from "../progress-display.js";

/** Services that run jobs. */
const JOB_SERVICES: readonly ServiceName[] = ["encoder", "predictor", "evolver", "rollout"];
const DEADLINE_MS = 10_000;

interface JobsOptions {
  readonly cluster: string;
  readonly json: boolean;
}

/** `worldmodels jobs`: what the services of a cluster are working on. */
export function jobsCommand(): Command {
  const cluster = () =>
    new Option("--cluster <file>", "cluster file")
      .argParser(parsePath)
      .default(join("cluster", "cluster.json"));
  const json = () => new Option("--json", "print JSON").default(false);
  return new Command("jobs")
    .summary("the jobs of a cluster's services: list, watch, cancel")
    .addCommand(
      new Command("list")
        .summary("all jobs, the newest first")
        .addOption(cluster())
        .addOption(json())
        .action(listJobs),
      { isDefault: true },
    )
    .addCommand(
      new Command("watch")
        .summary("follow a job to its end")
        .argument("<id>", "the job's id, or its first 8 digits or more")
        .addOption(cluster())
        .addOption(json())
        .action(watchJob),
    )
    .addCommand(
      new Command("cancel")
        .summary("stop a job; starting it again goes on from its checkpoint")
        .argument("<id>", "the job's id, or its first 8 digits or more")
        .addOption(cluster())
        .addOption(json())
        .action(cancelJob),
    );
}

interface FoundJob {
  readonly service: ServiceName;
  readonly record: JobRecord;
}

async function listJobs({ cluster, json }: JobsOptions): Promise<void> {
  await withCluster(cluster, async (connections) => {
    const jobs = await findJobs(connections, () => true);
    if (json) {
      console.log(JSON.stringify(jobs, null, 2));
      return;
    }
    if (jobs.length === 0) {
      console.log("no jobs yet; start some with: worldmodels train car-racing --cluster FILE");
      return;
    }
    const rows = jobs.map(({ service, record }) => [
      record.key.slice(0, 12),
      record.stage,
      service,
      record.state,
      record.progress === null
        ? "-"
        : `${Math.floor((100 * record.progress.done) / record.progress.total)} %`,
      formatDuration(record.seconds),
      record.startedAt.slice(0, 19).replace("T", " "),
    ]);
    console.log(
      formatTable(
        [["job", "stage", "service", "state", "done", "worked", "started (UTC)"], ...rows],
        [0, 1, 2, 3],
      ),
    );
  });
}

async function watchJob(id: string, { cluster, json }: JobsOptions): Promise<void> {
  await withCluster(cluster, async (connections) => {
    const { service, record } = await findJob(connections, id);
    const client = createClient(JobServiceService, connections.connection(service));
    const display = createProgressDisplay(process.stderr, json ? process.stdout : undefined);
    const { signal, dispose } = abortOnSignals(() => undefined);
    try {
      let last = record;
      for await (const event of client.watchJob({ id: record.key, after: 0n }, { signal })) {
        if (event.job !== undefined) last = fromJobMessage(event.job);
        if (event.line !== undefined) display.say(event.line);
        else if (last.progress !== null) display.update(last.stage, last.progress);
      }
      display.finish(last.stage, last.error === null ? last.state : `${last.state}: ${last.error.message}`);
    } finally {
      display.close();
      dispose();
    }
  });
}

async function cancelJob(id: string, { cluster, json }: JobsOptions): Promise<void> {
  await withCluster(cluster, async (connections) => {
    const { service, record } = await findJob(connections, id);
    const client = createClient(JobServiceService, connections.connection(service));
    const { job } = await client.cancelJob({ id: record.key }, { deadlineMs: 60_000 });
    const state = job === undefined ? "unknown" : fromJobMessage(job).state;
    console.log(
      json
        ? JSON.stringify({ service, id: record.key, state })
        : `${record.stage} ${record.key.slice(0, 12)} is ${state}`,
    );
  });
}

async function withCluster(
  file: string,
  use: (connections: ClusterConnections) => Promise<void>,
): Promise<void> {
  const connections = await connectCluster(file);
  try {
    await use(connections);
  } finally {
    connections.close();
  }
}

async function findJob(connections: ClusterConnections, id: string): Promise<FoundJob> {
  if (!/^[0-9a-f]{8,64}$/.test(id)) {
    throw new DomainError(
      "invalid-argument",
      `"${id}" is no job's id: give 8 to 64 of its hex digits, as worldmodels jobs lists them`,
    );
  }
  const [found, ...others] = await findJobs(connections, ({ id: full }) => full.startsWith(id));
  if (found === undefined)
    throw new DomainError(
      "not-found",
      `no service of this cluster has a job ${id}; worldmodels jobs lists them`,
    );
  if (others.length > 0)
    throw new DomainError("invalid-argument", `"${id}" fits ${others.length + 1} jobs; give more digits`);
  return found;
}

/** The jobs of all services that answer, the newest first; a service that does not is named on standard error. */
async function findJobs(connections: ClusterConnections, wanted: (job: Job) => boolean): Promise<FoundJob[]> {
  const services = connections.names.filter((name) => JOB_SERVICES.includes(name));
  const lists = await Promise.all(
    services.map(async (service): Promise<FoundJob[]> => {
      const client = createClient(JobServiceService, connections.connection(service));
      try {
        const { jobs } = await client.listJobs({}, { deadlineMs: DEADLINE_MS });
        return jobs.filter(wanted).map((job) => ({ service, record: fromJobMessage(job) }));
      } catch (error) {
        if (!isDomainError(error, "unavailable") && !isDomainError(error, "deadline-exceeded")) throw error;
        console.error(`${service}: ${error.message}`);
        return [];
      }
    }),
  );
  return lists.flat().sort((a, b) => (a.record.startedAt < b.record.startedAt ? 1 : -1));
}
