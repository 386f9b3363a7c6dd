import { isDomainError } from "@worldmodels/errors";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockFolder } from "./run-lock.js";

/** The file in the job's folder that says which process is its attempt lies in this folder. */
export const ATTEMPT_FOLDER = "attempt";

/** An attempt ends within a second or two of its parent; what seems to live for longer than this is another's. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 100;

/**
 * Waits until the process of an earlier attempt, whose parent was killed, has ended too: two must not write one
 * checkpoint and one scratch folder. The folder is this process's until it ends.
 *
 * @param folder the job's
 * @param say told once where there is something to wait for
 */
export async function outliveEarlierAttempt(folder: string, say: (line: string) => void): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (let tries = 0; performance.now() < deadlineMs; tries++) {
    try {
      await lockFolder(join(folder, ATTEMPT_FOLDER));
      return;
    } catch (error) {
      if (!isDomainError(error, "failed-precondition")) throw error;
      if (tries === 0) say("waits for the process of an earlier attempt to end");
    }
    await sleep(RETRY_MS);
  }
}
