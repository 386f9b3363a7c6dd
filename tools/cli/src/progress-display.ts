import type { RunDisplay, StageProgress } from "@worldmodels/pipeline";
import type { WriteStream } from "node:tty";
import { formatDuration, formatRate } from "./format.js";

const BAR_WIDTH = 24;
/** Plain lines, where nobody can watch a bar, come no closer together than this. */
const LINE_INTERVAL_MS = 10_000;
const REDRAW_INTERVAL_MS = 100;

/**
 * Shows a run: one bar that is redrawn in a terminal, plain lines elsewhere.
 *
 * @param json where to write one JSON object a line instead of bars for people
 */
export function createProgressDisplay(
  stream: WriteStream | NodeJS.WritableStream,
  json: NodeJS.WritableStream | undefined,
): RunDisplay & { close(): void } {
  if (json !== undefined) return createJsonDisplay(json);
  const terminal = "isTTY" in stream && stream.isTTY ? stream : undefined;
  let barShown = false;
  let lastDrawnMs = 0;
  const clearBar = () => {
    if (barShown) terminal?.write("\r\x1b[K");
    barShown = false;
  };
  const say = (line: string) => {
    clearBar();
    stream.write(`${line}\n`);
  };
  return {
    say,
    update(stage, progress) {
      const now = Date.now();
      const intervalMs = terminal === undefined ? LINE_INTERVAL_MS : REDRAW_INTERVAL_MS;
      if (now - lastDrawnMs < intervalMs) return;
      lastDrawnMs = now;
      const line = formatProgress(stage, progress, terminal !== undefined);
      if (terminal === undefined) {
        stream.write(`${line}\n`);
      } else {
        clearBar();
        terminal.write(line.slice(0, Math.max(20, terminal.columns - 1)));
        barShown = true;
      }
    },
    finish(stage, summary) {
      say(`${stage.padEnd(10)} ${summary}`);
      lastDrawnMs = terminal === undefined ? Date.now() : 0;
    },
    close: clearBar,
  };
}

/** `evolve C    [=====>    ]  43 %  812k/1.9M steps  3,912 steps/s  4 min left  mean 512`. */
export function formatProgress(stage: string, progress: StageProgress, withBar: boolean): string {
  const { done, total, unit, ratePerSecond, secondsLeft, metrics } = progress;
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.round(share * BAR_WIDTH);
  const parts = [
    ...(withBar ? [`[${"=".repeat(filled)}${" ".repeat(BAR_WIDTH - filled)}]`] : []),
    `${Math.floor(share * 100)
      .toString()
      .padStart(3)} %`,
    `${done.toLocaleString("en")}/${total.toLocaleString("en")} ${unit}`,
    ...(ratePerSecond === undefined ? [] : [`${formatRate(ratePerSecond)} ${unit}/s`]),
    ...(secondsLeft === undefined ? [] : [`${formatDuration(secondsLeft)} left`]),
    ...Object.entries(metrics).map(([name, value]) => `${name} ${formatMetric(value)}`),
  ];
  return `${stage.padEnd(10)} ${parts.join("  ")}`;
}

function formatMetric(value: number | string): string {
  return typeof value === "string" ? value : value.toPrecision(4).replace(/\.?0+$/, "");
}

function createJsonDisplay(stream: NodeJS.WritableStream): RunDisplay & { close(): void } {
  const write = (event: object) => {
    stream.write(`${JSON.stringify(event)}\n`);
  };
  let lastWrittenMs = 0;
  let lastStage: string | undefined;
  return {
    say: (line) => {
      write({ event: "message", message: line });
    },
    update: (stage, progress) => {
      if (stage === lastStage && Date.now() - lastWrittenMs < 1000) return;
      lastWrittenMs = Date.now();
      lastStage = stage;
      write({ event: "progress", stage, ...progress });
    },
    finish: (stage, summary) => {
      write({ event: "stage", stage, summary });
    },
    close: () => undefined,
  };
}
