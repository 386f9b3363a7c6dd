import { writeFileAtomic } from "@worldmodels/artifacts";
import { readClients } from "@worldmodels/grpc-kit";
import { Command, InvalidArgumentError, Option } from "commander";
import { changeClient, makeToken, removeClient } from "../clients-editor.js";
import type { LimitChanges } from "../clients-editor.js";
import { formatTable } from "../format.js";
import { parsePath, wholeNumber } from "../parse-options.js";

interface LimitOptions {
  readonly file: string;
  readonly callsPerSecond?: number;
  readonly callsAtOnce?: number;
  readonly streamsAtOnce?: number;
  readonly jobsAtOnce?: number;
}

/** `worldmodels clients`: who may call the services, and how much. */
export function clientsCommand(): Command {
  const file = () =>
    new Option("--file <file>", "clients file, as the services' clients_file")
      .argParser(parsePath)
      .default("clients.json");
  const limited = (command: Command) =>
    command
      .addOption(file())
      .option("--calls-per-second <number>", "calls begun in a second; none for no limit", numberOrNone)
      .option("--calls-at-once <number>", "calls of one answer that are being answered", numberOrNone)
      .option("--streams-at-once <number>", "streams that are open", numberOrNone)
      .option("--jobs-at-once <number>", "jobs that wait or run", numberOrNone);
  return new Command("clients")
    .summary("who may call the services: tokens and limits")
    .description(
      "Keeps the clients file of services. They follow it: what is changed holds within seconds, without a restart.",
    )
    .addCommand(
      limited(
        new Command("token")
          .summary("make a token for a client, its first or a new one instead of the old")
          .argument("<identity>", "e.g. alice")
          .option(
            "--out <file>",
            "write the token there, for its owner alone, instead of printing it",
            parsePath,
          ),
      ).action(async (identity: string, options: LimitOptions & { readonly out?: string }) => {
        const token = await makeToken(options.file, identity, limitsOf(options));
        if (options.out === undefined) {
          console.error(
            `the token of ${identity}, which is shown this once; ${options.file} has its digest only:`,
          );
          console.log(token);
          return;
        }
        await writeFileAtomic(options.out, `${token}\n`, { mode: 0o600 });
        console.log(`${options.out} has the token of ${identity}; ${options.file} has its digest`);
      }),
    )
    .addCommand(
      limited(
        new Command("limit")
          .summary("set what a client may ask for, one known by its certificate, too")
          .argument(
            "<identity>",
            "token's or certificate's name; default for certificates that are not listed",
          ),
      ).action(async (identity: string, options: LimitOptions) => {
        await changeClient(options.file, identity, limitsOf(options));
        show(options.file, false);
      }),
    )
    .addCommand(
      new Command("refuse")
        .summary("answer a client nothing, whatever it shows; for certificates that got lost")
        .argument("<identity>", "token's or certificate's name")
        .option("--lift", "let it in again", false)
        .addOption(file())
        .action(async (identity: string, options: { readonly file: string; readonly lift: boolean }) => {
          await changeClient(options.file, identity, {}, !options.lift);
          show(options.file, false);
        }),
    )
    .addCommand(
      new Command("remove")
        .summary("forget a client and its token")
        .argument("<identity>", "as show lists it")
        .addOption(file())
        .action(async (identity: string, options: { readonly file: string }) => {
          await removeClient(options.file, identity);
          show(options.file, false);
        }),
    )
    .addCommand(
      new Command("show")
        .summary("the clients and their limits")
        .addOption(file())
        .option("--json", "print JSON", false)
        .action((options: { readonly file: string; readonly json: boolean }) => {
          show(options.file, options.json);
        }),
    );
}

function show(file: string, json: boolean): void {
  const { clients, others } = readClients(file);
  const rows = [
    ...[...clients.values()].map(({ identity, tokenDigest, refused, limits }) => ({
      identity,
      shows: refused ? "refused" : tokenDigest === undefined ? "certificate" : "token",
      ...limits,
    })),
    ...(others === undefined ? [] : [{ identity: "default", shows: "certificate", ...others }]),
  ];
  if (json) {
    console.log(JSON.stringify(rows, null, 2));
    return;
  }
  const text = (limit: number | undefined) => (limit === undefined ? "-" : String(limit));
  const cells = rows.map((row) => [
    row.identity,
    row.shows,
    ...[row.callsPerSecond, row.callsAtOnce, row.streamsAtOnce, row.jobsAtOnce].map(text),
  ]);
  console.log(formatTable([["client", "shows", "calls/s", "calls", "streams", "jobs"], ...cells], [0, 1]));
}

function limitsOf({ callsPerSecond, callsAtOnce, streamsAtOnce, jobsAtOnce }: LimitOptions): LimitChanges {
  return {
    calls_per_second: orNull(callsPerSecond),
    calls_at_once: orNull(callsAtOnce),
    streams_at_once: orNull(streamsAtOnce),
    jobs_at_once: orNull(jobsAtOnce),
  };
}

/** What commander parses cannot be null. */
function orNull(limit: number | undefined): number | null | undefined {
  return limit === Infinity ? null : limit;
}

/** Infinity for none. */
function numberOrNone(text: string): number {
  if (text === "none") return Infinity;
  try {
    return wholeNumber(1)(text);
  } catch {
    throw new InvalidArgumentError(`"${text}" is neither a whole number of 1 or more nor none.`);
  }
}
