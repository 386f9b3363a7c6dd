import type { ListedCertificate } from "@worldmodels/certificates";
import { Command, Option } from "commander";
import { setTimeout as delay } from "node:timers/promises";
import { abortOnSignals } from "../abort-on-signals.js";
import { serviceNames } from "../cluster/cluster-file.js";
import { formatTable } from "../format.js";
import { parseNames, parsePath, wholeNumber } from "../parse-options.js";

interface NewOptions {
  readonly names: readonly string[];
  readonly clients: readonly string[];
  readonly altName: readonly string[];
  readonly days: number;
  readonly caKey?: string;
  readonly json: boolean;
}

interface RenewOptions {
  readonly within: number;
  readonly all: boolean;
  readonly caKey?: string;
  readonly json: boolean;
}

const DAY_MS = 86_400_000;
const KEEP_EVERY_MS = 3_600_000;

/** `worldmodels certificates`: a small authority for a cluster with mutual TLS. */
export function certificatesCommand(): Command {
  const json = () => new Option("--json", "print JSON").default(false);
  const caKey = () =>
    new Option("--ca-key <file>", "the authority's key, where it is not FOLDER/ca.key").argParser(parsePath);
  const added = (command: Command) =>
    command
      .option("--clients <names>", "clients to make one for, e.g. alice,ci", parseNames, [])
      .option(
        "--alt-name <names>",
        "other hosts and addresses that the services are called under",
        parseNames,
        [],
      )
      .option("--days <number>", "how long they are valid", wholeNumber(1), 90)
      .addOption(caKey())
      .addOption(json());
  return new Command("certificates")
    .summary("a certificate authority for a cluster: make, add, renew, keep, show")
    .description(
      "Certificates for TLS in both directions. FOLDER gets ca.crt, ca.key, and for each name a folder with tls.crt,\n" +
        "tls.key and ca.crt, which is all that a service or client is given. Keep ca.key to yourself.",
    )
    .addCommand(
      added(
        new Command("make")
          .summary("make an authority, and certificates for services and clients")
          .argument("<folder>", "where to, new")
          .option("--names <names>", "services to make one for", parseNames, [...serviceNames]),
      ).action(async (folder: string, options: NewOptions) => {
        const { makeCertificates } = await import("@worldmodels/certificates");
        print(await makeCertificates(folder, wantedOf(options), options), options.json);
      }),
    )
    .addCommand(
      added(
        new Command("add")
          .summary("add certificates for further services and clients")
          .argument("<folder>", "of the authority")
          .option("--names <names>", "services to make one for", parseNames, []),
      ).action(async (folder: string, options: NewOptions) => {
        const { addCertificates } = await import("@worldmodels/certificates");
        print(await addCertificates(folder, wantedOf(options), options), options.json);
      }),
    )
    .addCommand(
      new Command("renew")
        .summary("issue again what expires soon; services and clients take it up by themselves")
        .argument("<folder>", "of the authority")
        .option("--within <days>", "what expires within so many days", wholeNumber(0), 30)
        .option("--all", "everything", false)
        .addOption(caKey())
        .addOption(json())
        .action(renew),
    )
    .addCommand(
      added(
        new Command("keep")
          .summary(
            "make, add and renew whatever is due, now and every hour, until it is stopped; for containers",
          )
          .argument("<folder>", "of the authority; made where there is none")
          .option("--names <names>", "services to have one for", parseNames, [...serviceNames])
          .option("--within <days>", "renew what expires within so many days", wholeNumber(0), 30),
      ).action(keep),
    )
    .addCommand(
      new Command("show")
        .summary("the certificates and when they expire")
        .argument("<folder>", "of the authority")
        .addOption(json())
        .action(async (folder: string, options: { readonly json: boolean }) => {
          const { listCertificates } = await import("@worldmodels/certificates");
          print(listCertificates(folder), options.json);
        }),
    );
}

async function renew(folder: string, options: RenewOptions): Promise<void> {
  const { renewCertificates } = await import("@worldmodels/certificates");
  const withinDays = options.all ? Infinity : options.within;
  const renewed = await renewCertificates(folder, { withinDays }, options);
  if (renewed.length > 0 || options.json) print(renewed, options.json);
  else console.log(`nothing in ${folder} expires within ${options.within} days; --all renews everything`);
}

async function keep(folder: string, options: NewOptions & { readonly within: number }): Promise<void> {
  const { keepCertificates } = await import("@worldmodels/certificates");
  const { signal, dispose } = abortOnSignals(() => undefined);
  try {
    while (!signal.aborted) {
      const changed = await keepCertificates(folder, wantedOf(options), {
        ...options,
        withinDays: options.within,
      });
      if (changed.length > 0) print(changed, options.json);
      await delay(KEEP_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    dispose();
  }
}

function wantedOf({ names, clients, altName, days }: NewOptions) {
  return { services: names, clients, altNames: altName, days };
}

function print(certificates: readonly ListedCertificate[], json: boolean): void {
  const daysLeft = ({ notAfter }: ListedCertificate) =>
    Math.floor((notAfter.getTime() - Date.now()) / DAY_MS);
  if (json) {
    const facts = certificates.map((each) => ({ ...each, daysLeft: daysLeft(each) }));
    console.log(JSON.stringify(facts, null, 2));
    return;
  }
  const rows = certificates.map((each) => [
    each.name,
    each.kind,
    each.serial.toLowerCase(),
    each.notAfter.toISOString().slice(0, 10),
    daysLeft(each) < 0 ? "expired" : String(daysLeft(each)),
  ]);
  console.log(formatTable([["name", "kind", "serial", "not after", "days left"], ...rows], [0, 1, 2, 3]));
}
