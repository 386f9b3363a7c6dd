import { join } from "node:path";
import { openJobEventLog } from "./job-event-log.js";
import type { LoggedEvent } from "./job-event-log.js";
import { readJobRecord } from "./job-files.js";
import { hasEnded } from "./job-record.js";
import type { JobRecord, JobState } from "./job-record.js";

/** One thing that a watcher of a job is told. */
export interface JobEvent {
  /** The number of this durable event, from 1; of news of progress, the number of the last durable event before it. */
  readonly sequence: number;
  /** What the job said; absent for changes of state and for progress. */
  readonly line?: string;
  /** The job as it stands when this is told. */
  readonly record: JobRecord;
}

/** A job as its watchers see it. What is durable is on disk before anybody is told. */
export interface JobFeed {
  /** The last that was told; undefined for a job that has no record yet. */
  readonly record: JobRecord | undefined;
  say(line: string): void;
  /** A new state is a durable event; anything else is progress, of which only the newest matters. */
  update(record: JobRecord): void;
  /** Resolves when all that was said and updated has been told. Never rejects. */
  settled(): Promise<void>;
  /**
   * Every durable event with a greater number than `after`, then the job as it stands, then what comes, until the job
   * has ended. Of what has not been told yet a watcher keeps nothing but a number, however slow it is.
   *
   * @throws the signal's reason; what `end` was given
   */
  watch(after: number, signal: AbortSignal | undefined): AsyncGenerator<JobEvent, void, undefined>;
  /** Ends all watchers, those to come too. */
  end(reason: Error): void;
}

export interface JobFeedHooks {
  /** Told each durable event. */
  readonly onEvent: (event: LoggedEvent, record: JobRecord) => void;
  /** Told when events could not be written: they are kept in memory, and written with the next. */
  readonly onTrouble: (error: unknown) => void;
}

/** @param folder the job's */
export async function openJobFeed(folder: string, hooks: JobFeedHooks): Promise<JobFeed> {
  const log = await openJobEventLog(join(folder, "events.jsonl"));
  const events = [...log.events];
  let record = await readJobRecord(folder);
  let loggedState: JobState | undefined;
  for (const event of events) loggedState = "state" in event ? event.state : loggedState;

  const news: (string | JobRecord)[] = [];
  let isTelling = false;
  let toldAll = Promise.resolve();
  const waiting = new Set<() => void>();
  let ended: Error | undefined;

  const tell = (item: string | JobRecord) => {
    const last = news.at(-1);
    const isNewer = typeof item === "object" && typeof last === "object" && item.state === last.state;
    news.splice(isNewer ? -1 : news.length, isNewer ? 1 : 0, item);
    if (isTelling) return;
    isTelling = true;
    toldAll = tellAll();
  };
  const tellAll = async () => {
    for (let item = news.shift(); item !== undefined; item = news.shift()) {
      const next: JobRecord | undefined = typeof item === "object" ? item : record;
      const event = typeof item === "string" ? { line: item } : { state: item.state };
      if ("line" in event || event.state !== loggedState) {
        await log.append([event]).catch(hooks.onTrouble);
        events.push(event);
        if ("state" in event) loggedState = event.state;
        if (next !== undefined) hooks.onEvent(event, next);
      }
      // In one step with the event: no watcher sees an end without its record, or a record without its event.
      record = next;
      wake();
    }
    isTelling = false;
  };
  const wake = () => {
    for (const go of [...waiting]) go();
  };
  const somethingNew = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve) => {
      const go = () => {
        waiting.delete(go);
        signal?.removeEventListener("abort", go);
        resolve();
      };
      waiting.add(go);
      signal?.addEventListener("abort", go);
    });

  return {
    get record() {
      return record;
    },
    say: tell,
    update: tell,
    settled: () => toldAll,
    async *watch(after, signal) {
      // Who has seen more than there is, of a job begun anew, has seen nothing of what comes.
      let sequence = Math.min(after, events.length);
      let told: JobRecord | undefined;
      let isCurrent = false;
      for (;;) {
        signal?.throwIfAborted();
        if (ended !== undefined) throw ended;
        const event = events[sequence];
        if (record === undefined) {
          await somethingNew(signal);
        } else if (event !== undefined) {
          told = record;
          sequence++;
          yield { sequence, ...("line" in event ? { line: event.line } : {}), record };
        } else if (hasEnded(record) && told === record) {
          return;
        } else if (!isCurrent || told !== record) {
          isCurrent = true;
          told = record;
          yield { sequence, record };
        } else {
          await somethingNew(signal);
        }
      }
    },
    end(reason) {
      ended = reason;
      wake();
    },
  };
}
