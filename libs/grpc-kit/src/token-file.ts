import { readText } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { LOOK_EVERY_MS, signatureOf } from "./watch-files.js";

/** A shared secret, from a file that holds it and nothing else. @throws DomainError */
export function readToken(path: string): string {
  const token = readText(path).trim();
  if (/^[\x21-\x7e]{16,}$/.test(token)) return token;
  throw new DomainError(
    "invalid-argument",
    `the token file ${path} must hold one line of 16 or more visible ASCII characters without spaces`,
  );
}

/**
 * The token of a file as it stands: a new one is taken within two seconds, what cannot be used leaves the last one in force.
 *
 * @throws DomainError where there is none to begin with
 */
export function tokenFromFile(path: string): () => string {
  let token = readToken(path);
  let seen = signatureOf([path]);
  let lookedMs = Date.now();
  return () => {
    // A look at every call would be a look at the disk a thousand times a second.
    if (Date.now() - lookedMs < LOOK_EVERY_MS) return token;
    lookedMs = Date.now();
    const signature = signatureOf([path]);
    if (signature === seen) return token;
    try {
      token = readToken(path);
      seen = signature;
    } catch {
      // It may be half written; the service says so where the old one is refused.
    }
    return token;
  };
}
