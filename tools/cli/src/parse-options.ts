import { DomainError } from "@worldmodels/errors";
import { InvalidArgumentError } from "commander";

/** A commander parser for whole numbers of at least `minimum`. */
export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < minimum || text.trim() === "") {
      throw new InvalidArgumentError(`"${text}" is not a whole number of ${minimum} or more.`);
    }
    return value;
  };
}

/** A commander parser for seeds: whole numbers from 0 to 2^64 - 1. */
export function parseSeed(text: string): bigint {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) >= 1n << 64n) {
    throw new InvalidArgumentError(`"${text}" is not a whole number from 0 to 2^64 - 1.`);
  }
  return BigInt(text);
}

/** Gathers repeated `--set key=value` into one record; the last of a key wins. */
export function gatherSetting(
  text: string,
  previous: Readonly<Record<string, string>>,
): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals <= 0) throw new InvalidArgumentError(`"${text}" is not of the form key=value.`);
  return { ...previous, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** A commander parser for a list of whole numbers such as `0,10,50`. */
export function parseStepList(text: string): number[] {
  return text.split(",").map((part) => wholeNumber(0)(part));
}

/** A commander parser for files and folders: any text but none, which a variable that is not set leaves behind. */
export function parsePath(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

/** A commander parser for a list of names such as `encoder,predictor`. */
export function parseNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError(`"${text}" has an empty name.`);
  return names;
}

/** Parses JSON that a person wrote, or says where it came from and what is wrong with it. */
export function parseJsonText(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DomainError("invalid-argument", `${where} is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
