import { DomainError } from "@worldmodels/errors";

/** A setting, and the values that it takes in turn; one value is common to all points. */
export interface SweepAxis {
  /** As `--set` has it: `mdn_rnn.hidden`, or an environment's own setting such as `evolve.env.temperature`. */
  readonly key: string;
  /** As they were given; at least one, no two the same. */
  readonly values: readonly string[];
}

/**
 * Reads `key=value,value,…`, one text for each setting.
 *
 * @throws DomainError `invalid-argument` naming everything that is wrong
 */
export function parseSweepAxes(texts: readonly string[]): SweepAxis[] {
  const axes = texts.map((text) => {
    const equals = text.indexOf("=");
    const values = text.slice(equals + 1).split(",");
    return {
      text,
      key: text.slice(0, Math.max(0, equals)).trim(),
      values: values.map((each) => each.trim()),
    };
  });
  const faults = axes.flatMap(({ text, key, values }, index) => {
    if (key === "") return [`"${text}" is not of the form key=value,value`];
    if (axes.findIndex((axis) => axis.key === key) < index) {
      return [`${key} is given more than once; write all its values in one --set, separated by commas`];
    }
    if (values.includes("")) return [`${key} has an empty value in "${text}"`];
    return faultsOfEqualValues(key, values);
  });
  if (faults.length > 0) throw new DomainError("invalid-argument", `--set: ${faults.join("; ")}`);
  return axes.map(({ key, values }) => ({ key, values }));
}

/** Values that are the same text or the same number, as 1 and 1.0 are. */
export function faultsOfEqualValues(key: string, values: readonly string[]): string[] {
  return values.flatMap((value, index) => {
    const first = values.findIndex((other) => meaning(other) === meaning(value));
    if (first === index) return [];
    const which = values[first] === value ? value : `${values[first]} and ${value}, which are the same`;
    return [`${key} has the value ${which}, more than once; each makes a point of its own`];
  });
}

/** The number that a text is, or the text itself where it is none. */
export function meaning(text: string): number | string {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : text;
}
