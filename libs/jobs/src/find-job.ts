import { DomainError } from "@worldmodels/errors";
import type { JobRecord } from "./job-record.js";

/**
 * The job whose key is, or begins with, these digits.
 *
 * @param key 8 to 64 lower-case hex digits
 * @param jobsFolder named in the sentences
 * @throws DomainError `invalid-argument` for what is no key or fits several jobs, `not-found`
 */
export function findJob(records: readonly JobRecord[], key: string, jobsFolder: string): JobRecord {
  if (!/^[0-9a-f]{8,64}$/.test(key)) {
    throw new DomainError(
      "invalid-argument",
      `"${key}" is no key of a job: give its 64 hex digits, or the first 8 of them or more`,
    );
  }
  const fitting = records.filter((record) => record.key.startsWith(key));
  const [only, ...others] = fitting;
  if (only === undefined) {
    throw new DomainError(
      "not-found",
      `there is no job ${key} in ${jobsFolder}; list the jobs to see which there are, or start it`,
    );
  }
  if (others.length > 0) {
    const names = fitting.map(({ stage, key }) => `${stage} ${key}`).join(", ");
    throw new DomainError(
      "invalid-argument",
      `"${key}" fits ${fitting.length} jobs in ${jobsFolder} (${names}); give more digits`,
    );
  }
  return only;
}
