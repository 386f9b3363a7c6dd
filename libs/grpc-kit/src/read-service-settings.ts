import { describeSetting, nearestWord, resolveSettings } from "@worldmodels/config";
import type { SettingsOf, SettingsSchema } from "@worldmodels/config";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { readFileSync } from "node:fs";

/** What Kubernetes tells every container of a Service, which may be called like one of ours. */
const KUBERNETES_LINK = /^(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP)(_(ADDR|PORT|PROTO))?)$/;

/** Where a service's settings may come from. */
export interface SettingSources {
  /** The command line without program and script. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The settings of a service: defaults, then the JSON file that `--config` names, then environment variables, then flags.
 *
 * @param name the service's, e.g. `encoder`: its variables begin with WORLDMODELS_ENCODER_
 * @throws DomainError `invalid-argument` naming everything that is wrong, in all sources, at once
 */
export function readServiceSettings<S extends SettingsSchema>(
  name: string,
  schema: S,
  { args, env }: SettingSources,
): SettingsOf<S> {
  const complaints: string[] = [];
  const collect = (where: string, given: Readonly<Record<string, unknown>>) => {
    try {
      resolveSettings(schema, given, where);
    } catch (error) {
      if (!isDomainError(error)) throw error;
      complaints.push(error.message);
    }
    return given;
  };
  const flags = readFlags(args, schema, complaints);
  const { config, ...given } = flags;
  const file = config === undefined ? {} : collect(config, readConfigFile(config, complaints));
  const variables = collect("environment variables", readVariables(name, schema, env, complaints));
  collect("flags", given);
  if (complaints.length > 0) throw new DomainError("invalid-argument", complaints.join("\n"));
  return resolveSettings(schema, { ...file, ...variables, ...given }, name);
}

/** The name of the variable that sets `setting` of service `name`. */
export function variableOf(name: string, setting: string): string {
  return `WORLDMODELS_${name}_${setting}`.toUpperCase().replaceAll("-", "_");
}

/** What `--help` prints. */
export function describeService(name: string, about: string, schema: SettingsSchema): string {
  const lines = Object.entries(schema).map(
    ([setting, description]) =>
      `  --${setting.replaceAll("_", "-")}  (${variableOf(name, setting)})\n` +
      `      ${description.doc}\n      ${describeSetting(description)}`,
  );
  return `${name}: ${about}\n\nSettings, as flags, environment variables, or names in the JSON file of --config FILE:\n\n${lines.join("\n")}\n`;
}

function readFlags(
  args: readonly string[],
  schema: SettingsSchema,
  complaints: string[],
): Record<string, string> {
  const flags: Record<string, string> = {};
  for (let i = 0; i < args.length; i++) {
    const [, word, inline] = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(args[i] ?? "") ?? [];
    const setting = word?.replaceAll("-", "_");
    if (word === undefined || setting === undefined) {
      complaints.push(`flags: "${args[i]}" is no flag; write --setting value`);
      continue;
    }
    if (setting !== "config" && !Object.hasOwn(schema, setting)) {
      const nearest = nearestWord(setting, [...Object.keys(schema), "config"]);
      const hint = nearest === undefined ? "see --help" : `did you mean --${nearest.replaceAll("_", "-")}?`;
      complaints.push(`flags: there is no --${word} (${hint})`);
      // Its value, if it has one, is not another mistake.
      if (inline === undefined && args[i + 1]?.startsWith("--") === false) i++;
      continue;
    }
    const next = args[i + 1];
    if (inline !== undefined) flags[setting] = inline;
    else if (next === undefined || next.startsWith("--")) complaints.push(`flags: --${word} has no value`);
    else {
      flags[setting] = next;
      i++;
    }
  }
  return flags;
}

function readVariables(
  name: string,
  schema: SettingsSchema,
  env: SettingSources["env"],
  complaints: string[],
): Record<string, string> {
  const prefix = variableOf(name, "");
  const known = new Map(Object.keys(schema).map((setting) => [variableOf(name, setting), setting]));
  const values: Record<string, string> = {};
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || value === undefined) continue;
    const setting = known.get(variable);
    if (setting === undefined && KUBERNETES_LINK.test(variable.slice(prefix.length))) continue;
    if (setting === undefined) complaints.push(`environment variables: ${variable} sets nothing; see --help`);
    else values[setting] = value;
  }
  return values;
}

function readConfigFile(path: string, complaints: string[]): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    complaints.push(`${path} holds no JSON object of settings`);
  } catch (error) {
    complaints.push(`${path} cannot be read as JSON: ${(error as Error).message}`);
  }
  return {};
}
