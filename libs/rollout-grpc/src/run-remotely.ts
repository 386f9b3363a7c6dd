import { DomainError, isDomainError } from "@worldmodels/errors";
import type { EvaluateResponse } from "@worldmodels/proto/rollout";
import type { RolloutResult, RolloutTask, RunOptions } from "@worldmodels/rollout-pool";
import { EventEmitter, once, setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { dealSize, takeTasks } from "./deal-tasks.js";
import { fromWireEnding } from "./episode-ending.js";
import { assertServing, isPassing, pauseMs, provide, shareOf } from "./member.js";
import type { Member } from "./member.js";
import type { NeededArtifact } from "./portable-setup.js";
import type { Roster } from "./roster.js";
import { toEvaluateRequest } from "./to-evaluate-request.js";
import type { SetupMessage } from "./to-evaluate-request.js";

export interface RemoteRunOptions extends RunOptions<RolloutResult> {
  readonly roster: Roster;
  /** What every member is provided with before it plays, also when it is back: it may have lost its disk. */
  readonly needs: readonly NeededArtifact[];
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly onDeath?: (sentence: string) => void;
}

/** Calls of each service, on average, that may break off in a row without a single result. */
const MOST_BREAKS = 3;
const LOOK_AGAIN_MS = 2000;

/**
 * Plays tasks at several services, each of which has one call at a time. A result depends on its task alone, so what a
 * broken call leaves behind is simply given to whoever is free.
 *
 * @returns results in the tasks' order
 * @throws DomainError `unavailable`; what a service says is wrong; the signal's reason
 */
export async function runRemotely(
  setup: SetupMessage,
  tasks: readonly RolloutTask[],
  options: RemoteRunOptions,
): Promise<RolloutResult[]> {
  const { roster, needs, patienceMs, signal, onDeath } = options;
  signal.throwIfAborted();
  const results: RolloutResult[] = new Array<RolloutResult>(tasks.length);
  const pending = tasks.map((_, place) => place);
  let left = tasks.length;
  let breaksInARow = 0;
  let lastHeardMs = Date.now();
  const playing = new Set<Member>();
  const changes = new EventEmitter();
  /** Ends waits: the results are all there, or there will be no more. */
  const over = new AbortController();
  /** Ends calls. */
  const failed = new AbortController();
  for (const target of [changes, over.signal, failed.signal]) setMaxListeners(0, target);

  const fail = (error: unknown) => {
    failed.abort(error);
    over.abort();
  };
  const onAbort = () => {
    fail(signal.reason);
  };
  /** Waits for `promise` of something that `over` ends. */
  const unlessOver = async (promise: Promise<unknown>) => {
    await promise.catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    });
  };

  const take = (place: number, response: EvaluateResponse) => {
    const { seed = 0n } = tasks[place] ?? {};
    const ending = fromWireEnding(response.ending);
    if (ending === undefined)
      throw new Error(`an episode has ending ${response.ending}, which is unknown here`);
    const { return: sum, penalisedReturn, length } = response;
    const result: RolloutResult = {
      id: tasks[place]?.index ?? place,
      seed,
      return: sum,
      length,
      ending,
      penalisedReturn,
    };
    results[place] = result;
    left--;
    breaksInARow = 0;
    lastHeardMs = Date.now();
    options.onSteps?.(length);
    options.onResult?.(place, result);
  };

  /** What a service that has failed means for the run. */
  const lose = (member: Member, error: DomainError, inHand: number) => {
    const { address } = member.connection;
    if (member.state !== "lost" || inHand > 0) {
      const what = inHand > 0 ? `; its ${inHand} unfinished episodes are played again` : "";
      onDeath?.(`the rollout service at ${address} was lost (${error.message})${what}`);
    }
    member.state = "lost";
    if (playing.size > 0) return;
    const silentMs = Date.now() - lastHeardMs;
    if (silentMs > patienceMs) {
      fail(
        new DomainError(
          "unavailable",
          `no rollout service (${addressesOf(roster.members)}) has played anything for ${Math.round(silentMs / 1000)} s: ${error.message}`,
        ),
      );
    } else if (breaksInARow > MOST_BREAKS * roster.members.length) {
      fail(
        new DomainError(
          "unavailable",
          `rollout services (${addressesOf(roster.members)}) broke off ${breaksInARow} times in a row without a finished episode: ${error.message}`,
        ),
      );
    }
  };

  /** Whether the member answers; where it does not, the answer comes after a pause. */
  const contact = async (member: Member, attempt: number): Promise<boolean> => {
    try {
      await assertServing(member, over.signal);
      await provide(member, needs, over.signal);
      member.state = "well";
      return true;
    } catch (error) {
      if (over.signal.aborted) return false;
      if (!isPassing(error)) {
        fail(error);
        return false;
      }
      lose(member, error, 0);
      await unlessOver(delay(pauseMs(attempt), undefined, { signal: over.signal }));
      return false;
    }
  };

  /** Has the member play some tasks. Returns when it has, or has failed. */
  const play = async (member: Member, places: readonly number[]): Promise<boolean> => {
    const missing = new Set(places);
    playing.add(member);
    try {
      const request = toEvaluateRequest(setup, tasks, places);
      for await (const response of member.client.evaluate(request, { signal: failed.signal })) {
        if (missing.delete(response.index)) take(response.index, response);
        if (left === 0) over.abort();
      }
      if (missing.size > 0) throw new DomainError("unavailable", "it ended its answer too early");
      return true;
    } catch (error) {
      playing.delete(member);
      if (missing.size === 0 && isPassing(error)) return true;
      if (failed.signal.aborted) return false;
      if (!isPassing(error)) {
        fail(error);
        return false;
      }
      if (!isDomainError(error, "resource-exhausted")) {
        // It was there until now.
        lastHeardMs = Date.now();
        breaksInARow++;
      }
      pending.unshift(...[...missing].sort((a, b) => a - b));
      lose(member, error, missing.size);
      changes.emit("pending");
      return false;
    } finally {
      playing.delete(member);
    }
  };

  const keepBusy = async (member: Member) => {
    let failures = 0;
    let isFirst = true;
    while (!over.signal.aborted) {
      if (pending.length === 0) {
        await unlessOver(once(changes, "pending", { signal: over.signal }));
        continue;
      }
      if (member.state !== "well" && !(await contact(member, failures))) {
        failures++;
        continue;
      }
      const share = shareOf(member, roster.members);
      const size = dealSize({
        total: tasks.length,
        pending: pending.length,
        share,
        isFirst,
        slots: setup.slots,
      });
      const places = takeTasks(pending, tasks, size);
      if (places.length === 0) continue;
      const startedMs = performance.now();
      if (await play(member, places)) {
        failures = 0;
        // Later calls are short, and say more about how long an episode is.
        if (isFirst) member.speed = places.length / ((performance.now() - startedMs) / 1000);
        isFirst = false;
      } else {
        await unlessOver(delay(pauseMs(failures++), undefined, { signal: over.signal }));
      }
    }
  };

  /** All that there are, and those that a name leads to while the run is on. */
  const keepAllBusy = async () => {
    const busy = new Map<Member, Promise<void>>();
    while (!over.signal.aborted) {
      for (const member of roster.members) {
        if (!busy.has(member)) busy.set(member, keepBusy(member).catch(fail));
      }
      await unlessOver(delay(LOOK_AGAIN_MS, undefined, { signal: over.signal }).then(() => roster.refresh()));
    }
    await Promise.all(busy.values());
  };

  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (left > 0) await keepAllBusy();
  } finally {
    signal.removeEventListener("abort", onAbort);
    fail(new DomainError("cancelled", "the run is over"));
  }
  if (signal.aborted) throw signal.reason;
  if (left > 0) throw failed.signal.reason;
  return results;
}

function addressesOf(members: readonly Member[]): string {
  return members.map(({ connection }) => connection.address).join(", ");
}
