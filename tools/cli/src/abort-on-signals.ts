import { DomainError } from "@worldmodels/errors";

/**
 * Turns the first SIGINT or SIGTERM into an abort that everything can clean up after, and a second SIGINT into an
 * end at once.
 */
export function abortOnSignals(onFirst: (name: string) => void): {
  readonly signal: AbortSignal;
  dispose(): void;
} {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (name === "SIGINT") process.exit(130);
      return;
    }
    onFirst(name === "SIGINT" ? "Ctrl-C" : name);
    controller.abort(new DomainError("cancelled", `by ${name}`));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
