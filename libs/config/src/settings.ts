import { DomainError } from "@worldmodels/errors";
import { nearestWord } from "./nearest-word.js";

/** One setting: its type, default and bounds (inclusive), and a sentence that `--help` shows. */
export type Setting =
  | {
      readonly type: "integer" | "number";
      readonly default: number;
      readonly minimum?: number;
      readonly maximum?: number;
      readonly doc: string;
    }
  | { readonly type: "boolean"; readonly default: boolean; readonly doc: string }
  | {
      readonly type: "string";
      readonly default: string;
      /** The only words accepted, where there is a fixed list. */
      readonly choices?: readonly string[];
      readonly doc: string;
    };

/** Settings by name; a dot in a name groups them (`evolve.population`). */
export type SettingsSchema = Readonly<Record<string, Setting>>;

export type SettingValue = string | number | boolean;

/** The resolved values of a schema, typed by its settings. */
export type SettingsOf<S extends SettingsSchema> = {
  readonly [K in keyof S]: S[K] extends { type: "boolean" }
    ? boolean
    : S[K] extends { type: "string" }
      ? string
      : number;
};

/**
 * Checks given values against a schema and fills in the defaults. Text is parsed as the setting's type, so
 * values may come from a command line, a URI's query or JSON alike.
 *
 * @param where names the place in error sentences, e.g. `--set` or `CarRacing-v3?…`
 * @throws DomainError `invalid-argument` naming every unknown key and bad value at once
 */
export function resolveSettings<S extends SettingsSchema>(
  schema: S,
  given: Readonly<Record<string, unknown>>,
  where: string,
): SettingsOf<S> {
  const resolved: Record<string, SettingValue> = {};
  const complaints: string[] = [];
  for (const [name, setting] of Object.entries(schema)) resolved[name] = setting.default;
  for (const [name, value] of Object.entries(given)) {
    const setting = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (setting === undefined) {
      complaints.push(unknownSetting(name, schema));
      continue;
    }
    const parsed = parseValue(setting, value);
    const complaint = complain(setting, parsed);
    if (complaint === undefined) resolved[name] = parsed as SettingValue;
    else complaints.push(`${name} = ${showValue(value)} ${complaint}`);
  }
  if (complaints.length > 0) throw new DomainError("invalid-argument", `${where}: ${complaints.join("; ")}`);
  return resolved as SettingsOf<S>;
}

/** Text of one setting's type and bounds, for help pages: `integer, 1 to 4096, default 64`. */
export function describeSetting(setting: Setting): string {
  const parts: string[] = [setting.type];
  if (setting.type === "integer" || setting.type === "number") parts.push(...describeRange(setting));
  if (setting.type === "string" && setting.choices) parts.push(setting.choices.join(" | "));
  parts.push(`default ${showValue(setting.default)}`);
  return parts.join(", ");
}

function parseValue(setting: Setting, value: unknown): unknown {
  if (typeof value !== "string" || setting.type === "string") return value;
  const text = value.trim();
  if (setting.type === "boolean") return text === "true" ? true : text === "false" ? false : value;
  return text === "" ? value : Number(text);
}

function complain(setting: Setting, value: unknown): string | undefined {
  switch (setting.type) {
    case "boolean":
      return typeof value === "boolean" ? undefined : "is neither true nor false";
    case "string":
      if (typeof value !== "string") return "is not text";
      if (setting.choices && !setting.choices.includes(value)) {
        return `is none of ${setting.choices.join(", ")}`;
      }
      return undefined;
    case "integer":
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) return "is not a number";
      if (setting.type === "integer" && !Number.isSafeInteger(value)) return "is not a whole number";
      const { minimum = -Infinity, maximum = Infinity } = setting;
      return value < minimum || value > maximum
        ? `is out of range: ${describeRange(setting).join(", ")}`
        : undefined;
    }
  }
}

function describeRange(setting: { readonly minimum?: number; readonly maximum?: number }): string[] {
  const { minimum, maximum } = setting;
  if (minimum !== undefined && maximum !== undefined) return [`${minimum} to ${maximum}`];
  if (minimum !== undefined) return [`${minimum} or more`];
  return maximum !== undefined ? [`${maximum} or less`] : [];
}

function unknownSetting(name: string, schema: SettingsSchema): string {
  const known = Object.keys(schema);
  const nearest = nearestWord(name, known);
  const hint = nearest === undefined ? `known: ${known.join(", ")}` : `did you mean ${nearest}?`;
  return `there is no setting "${name}" (${hint})`;
}

function showValue(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  return value === undefined ? "nothing" : JSON.stringify(value);
}
