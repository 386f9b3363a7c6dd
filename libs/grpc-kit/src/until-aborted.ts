/**
 * What `work` comes to, or the signal's reason as soon as it is aborted.
 *
 * @param onLate is given what `work` fails with after that
 */
export function orAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  onLate: (error: unknown) => void,
): Promise<T> {
  // Not Promise.race: every race would leave something behind at a promise that lives as long as the stream.
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the reason is
      reject(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(
      (value) => {
        signal.removeEventListener("abort", onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener("abort", onAbort);
        if (signal.aborted) onLate(error);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it is
        reject(error);
      },
    );
  });
}

/**
 * Passes on what comes until the signal is aborted; then throws its reason at once, while the source is told to end.
 *
 * @param onLate is given what the source fails with after that
 * @param onEnd called when the source has really ended
 */
export async function* untilAborted<T>(
  source: AsyncIterator<T, unknown>,
  signal: AbortSignal,
  onLate: (error: unknown) => void,
  onEnd: () => void,
): AsyncGenerator<T, void, void> {
  let isOver = false;
  try {
    for (;;) {
      const next = source.next();
      next.catch(() => {
        isOver = true;
      });
      const result = await orAborted(next, signal, onLate);
      isOver = result.done === true;
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    if (isOver) onEnd();
    else Promise.resolve(source.return?.()).catch(onLate).finally(onEnd);
  }
}
