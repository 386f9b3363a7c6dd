import { setTimeout as delay } from "node:timers/promises";
import { compose, docker, nameOf, project, serving, shell, up } from "./compose-project.js";
import type { Container } from "./compose-project.js";

/** Longer than a deadline of a few seconds, and short enough for a test. */
const OUTAGE_MS = 5000;

/** Something that happens to containers at once. Resolves when it is over, whether or not they work again. */
type Fault = (containers: readonly Container[]) => Promise<unknown>;

const each = (breakOne: (container: Container) => Promise<void>): Fault => {
  return (containers) => Promise.all(containers.map(breakOne));
};

export const faults = {
  /** Every process in the container but the first, which then ends with them: a crash. Docker starts the container again. */
  "kill -9": each(async (container) => {
    await shell(container, "kill -9 -1").catch(() => undefined);
  }),
  /** Nothing moves; connections stay open and nobody answers. */
  pause: async (containers) => {
    await compose("pause", ...containers);
    await delay(OUTAGE_MS);
    await compose("unpause", ...containers);
  },
  /** The containers run on; they reach nobody, and nobody reaches them. */
  "network cut": each(async (container) => {
    const network = `${project}_default`;
    await docker(["network", "disconnect", network, nameOf(container)]);
    await delay(OUTAGE_MS);
    await docker(["network", "connect", "--alias", container, network, nameOf(container)]);
  }),
  /** Stopped properly, and started again. */
  restart: (containers) => compose("restart", ...containers),
  /** All containers are removed, and made anew with the volumes that have a name. */
  "down and up": async () => {
    await compose("down");
    await up();
  },
} as const satisfies Record<string, Fault>;
export type FaultName = keyof typeof faults;

/** Lets something happen to containers. @returns how long after that each takes to serve again, seconds */
export async function strike(fault: FaultName, containers: readonly Container[]): Promise<number[]> {
  await faults[fault](containers);
  const overMs = performance.now();
  return Promise.all(
    containers.map(async (container) => {
      await serving(container);
      return (performance.now() - overMs) / 1000;
    }),
  );
}
