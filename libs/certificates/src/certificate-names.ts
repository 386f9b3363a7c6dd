import { DomainError } from "@worldmodels/errors";
import { isIP } from "node:net";

/** A folder's name, a host's first label and a common name in one. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const HOST = /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_-]{1,63})*$/;

/** @throws DomainError `invalid-argument` for a name that is none, or is given twice */
export function assertNames(names: readonly string[]): void {
  const wrong = names.find((name) => !NAME.test(name));
  if (wrong !== undefined) {
    throw new DomainError(
      "invalid-argument",
      `"${wrong}" is no name for a certificate: 1 to 63 letters, digits, dots, dashes and underscores, the first a letter or digit`,
    );
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new DomainError(
      "invalid-argument",
      `"${twice}" is given twice; each name has one certificate, a service's or a client's`,
    );
  }
}

/**
 * Everything that a service may be called under: its name, this machine, and what else is given.
 *
 * @throws DomainError `invalid-argument` for what is neither a host name nor an IP address
 */
export function serviceAltNames(name: string, others: readonly string[]): string[] {
  const wrong = others.find((each) => isIP(each) === 0 && !HOST.test(each));
  if (wrong !== undefined) {
    throw new DomainError(
      "invalid-argument",
      `"${wrong}" is neither a host name nor an IP address; give e.g. encoder.example.org or 10.0.0.7, without a port`,
    );
  }
  return [...new Set([name, "localhost", "127.0.0.1", "::1", ...others])];
}
