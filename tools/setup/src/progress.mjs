const MARKS = { done: "✔", failed: "✖", note: "·" };

/**
 * @param {number} ms
 * @returns {string} for people: "0.3 s", "42 s", "3 min 07 s"
 */
export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 119.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/**
 * @param {number} bytes
 * @returns {string} for people: "640 MB"
 */
export function size(bytes) {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** @param {string} text a remark on its own line, on standard error so that results can be piped */
export function note(text) {
  console.error(`${MARKS.note} ${text}`);
}

/** @param {boolean} passed @param {string} text */
export function verdict(passed, text) {
  console.error(`${passed ? MARKS.done : MARKS.failed} ${text}`);
}

/**
 * Says what is being done, a sign of life every 20 s, and at the end how long it took.
 *
 * @template T
 * @param {string} title what is being done, as "Installing the npm packages"
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const start = Date.now();
  note(`${title} …`);
  const pulse = setInterval(() => {
    note(`${title}: ${duration(Date.now() - start)} so far`);
  }, 20_000);
  try {
    const result = await work();
    verdict(true, `${title} (${duration(Date.now() - start)})`);
    return result;
  } catch (error) {
    verdict(false, `${title} (${duration(Date.now() - start)})`);
    throw error;
  } finally {
    clearInterval(pulse);
  }
}
