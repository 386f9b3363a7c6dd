import { statSync } from "node:fs";

/** How often files are looked at, unless told otherwise. */
export const LOOK_EVERY_MS = 2000;

export interface WatchOptions<T> {
  readonly paths: readonly string[];
  /** Reads and checks all of them; throws for what cannot be used. */
  readonly read: () => T;
  /** Given what was read of changed files. */
  readonly onChange: (value: T) => void;
  /** Told once of each change that cannot be used: what was read before stays in force. */
  readonly onBad: (error: unknown) => void;
  readonly everyMs: number;
}

/** What files hold, kept up to date between `start` and `stop`. */
export interface WatchedFiles<T> {
  readonly value: () => T;
  start(): void;
  stop(): void;
}

/**
 * Files that may be replaced while they are in use. They are looked at every so often: unlike the kernel's news of changes, this
 * works for links that lead elsewhere (Kubernetes), for files that are renamed into place, and on every file system. Several
 * files are replaced one after the other, so what cannot be used is looked at twice before it is reported.
 *
 * @throws what `read` throws, the first time
 */
export function watchFiles<T>(options: WatchOptions<T>): WatchedFiles<T> {
  const { paths, read, onChange, onBad, everyMs } = options;
  // Before it is read: a change in between is then seen as one.
  let seen = signatureOf(paths);
  let value = read();
  let bad = { signature: "", looks: 0 };
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const signature = signatureOf(paths);
    if (signature === seen) return;
    try {
      value = read();
    } catch (error) {
      bad = { signature, looks: bad.signature === signature ? bad.looks + 1 : 1 };
      if (bad.looks === 2) onBad(error);
      return;
    }
    seen = signature;
    onChange(value);
  };
  return {
    value: () => value,
    start() {
      // Watching keeps no process alive.
      timer ??= setInterval(look, everyMs).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** Differs when one of the files is another one, was written, or is gone. */
export function signatureOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const found = statSync(path, { bigint: true, throwIfNoEntry: false });
      return found === undefined ? "-" : [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(" ");
    })
    .join("\n");
}
