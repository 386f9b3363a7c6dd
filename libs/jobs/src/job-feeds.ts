import { jobFolder } from "./job-files.js";
import type { JobRecord } from "./job-record.js";
import { openJobFeed } from "./job-feed.js";
import type { JobFeed } from "./job-feed.js";

/** A feed in use; `giveBack` once, when it is not needed any more. */
export interface FeedLoan {
  readonly feed: JobFeed;
  readonly giveBack: () => void;
}

/** The feeds of the jobs that run or are watched: one for each, in memory for as long as somebody uses it. */
export interface JobFeeds {
  borrow(job: Pick<JobRecord, "stage" | "key">): Promise<FeedLoan>;
  /** Ends the watchers of all that are in use. */
  end(reason: Error): void;
}

/** @param onLine told what happens to the jobs, a line for each durable event, and which job it is of */
export function createJobFeeds(
  jobsFolder: string,
  onLine: (line: string, job: Pick<JobRecord, "stage" | "key">) => void,
): JobFeeds {
  const used = new Map<string, { readonly opening: Promise<JobFeed>; users: number }>();

  const openFeed = ({ stage, key }: Pick<JobRecord, "stage" | "key">): Promise<JobFeed> => {
    const name = `${stage} ${key.slice(0, 12)}`;
    return openJobFeed(jobFolder(jobsFolder, { stage, key }), {
      onEvent: (event, { error }) => {
        const why = error === null ? "" : `: ${error.message}`;
        onLine(`${name} ${"line" in event ? event.line : `is ${event.state}${why}`}`, { stage, key });
      },
      onTrouble: (error) => {
        const why = error instanceof Error ? error.message : String(error);
        onLine(`${name} cannot write its events, and keeps them in memory: ${why}`, { stage, key });
      },
    });
  };
  return {
    async borrow(job) {
      const entry = used.get(job.key) ?? { opening: openFeed(job), users: 0 };
      used.set(job.key, entry);
      // Counted before anything is waited for: a feed is never given up under whoever is about to use it.
      entry.users++;
      return {
        feed: await entry.opening,
        giveBack: () => {
          if (--entry.users === 0) used.delete(job.key);
        },
      };
    },
    end(reason) {
      for (const { opening } of used.values()) void opening.then((feed) => feed.end(reason));
    },
  };
}
