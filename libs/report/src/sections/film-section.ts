import { DomainError } from "@worldmodels/errors";
import { html, jsonForScript, trustedHtml, type Html } from "../html.js";
import { everyPicture, pictureSheet, type DataImage } from "../images/png.js";
import { formatNumber } from "../numbers.js";
import { chart } from "../plots/chart.js";
import { filmPlayerScript } from "../player/film-player-script.js";
import type { FilmData } from "../report-data.js";
import type { Section } from "./section.js";

/** Longest sheet of the film, in characters of base64: the file has to travel by mail and open on a phone. */
const SHEET_BUDGET = 3_500_000;
/** Browsers refuse larger sides. */
const SHEET_COLUMNS = 32;
/** Where the reward's chart begins and ends, for the cursor that follows the film; see `chart`. */
const CURSOR = { from: 58, to: 466, top: 16, bottom: 136 };

/** One episode to watch: play, pause, scrub, slower and faster, with step, reward and actions. */
export function filmSection(film: FilmData): Section {
  assertFilm(film);
  const { shown, sheet, stride } = thinnedToBudget(film);
  const { frames, actionNames } = shown;
  const data = {
    columns: SHEET_COLUMNS,
    width: frames.width,
    height: frames.height,
    steps: shown.steps,
    rewards: shown.rewardSoFar.map((value) => Number(value.toFixed(2))),
    actions: shown.actions.map((action) => action.map((value) => Number(value.toFixed(3)))),
    stepsPerSecond: film.stepsPerSecond,
    cursor: { from: CURSOR.from, to: CURSOR.to },
  };
  return {
    id: "film",
    title: "One episode",
    body: html`<p>
        ${film.label}.${stride > 1 ? ` To keep this file small, ${everyNth(stride)} frame given is shown.` : ""}
      </p>
      <div class="film">
        <div class="screen">
          <canvas
            class="pixels"
            data-film="screen"
            width="${frames.width}"
            height="${frames.height}"
            role="img"
            aria-label="${film.label}"
          ></canvas>
        </div>
        <div class="panel">
          <dl class="facts">
            <div>
              <dt>step</dt>
              <dd data-film="step">0</dd>
            </div>
            <div>
              <dt>reward so far</dt>
              <dd data-film="reward">0</dd>
            </div>
          </dl>
          ${actionNames.map(
            (name, i) =>
              html`<div class="action">
                <span>${name}</span><i><b data-film="action-${i}"></b></i
                ><output data-film="value-${i}">0</output>
              </div>`,
          )}
          ${rewardChart(shown)}
          <div class="controls">
            <button type="button" data-film="play">Play</button>
            <button type="button" data-film="back" aria-label="one frame back">‹</button>
            <button type="button" data-film="on" aria-label="one frame on">›</button>
            <input
              type="range"
              data-film="scrub"
              min="0"
              max="${frames.count - 1}"
              value="0"
              aria-label="frame"
            />
            <select data-film="speed" aria-label="speed">
              <option value="0.25">¼×</option>
              <option value="0.5">½×</option>
              <option value="1" selected>1×</option>
              <option value="2">2×</option>
              <option value="4">4×</option>
            </select>
          </div>
        </div>
      </div>
      <img
        class="sheet"
        data-film="sheet"
        src="${sheet.uri}"
        width="${sheet.width}"
        height="${sheet.height}"
        alt="All frames of the film, row by row"
      />
      <noscript
        ><style>
          .sheet {
            display: block;
          }
          .film {
            display: none;
          }
        </style></noscript
      >
      <script type="application/json" id="film-data">
        ${jsonForScript(data)}
      </script>
      <script>
        ${trustedHtml(filmPlayerScript)};
      </script>`,
  };
}

function rewardChart({ steps, rewardSoFar }: FilmData): Html {
  const drawn = chart({
    title: "Reward so far, over the episode",
    size: { width: CURSOR.to + 14, height: CURSOR.bottom + 44 },
    x: { label: "step" },
    y: { label: "reward so far" },
    lines: [{ name: "reward", colour: 1, points: steps.map((x, i) => ({ x, y: rewardSoFar[i] ?? NaN })) }],
  });
  const cursor = html`<line data-film="cursor" class="cursor" x1="${CURSOR.from}" x2="${CURSOR.from}" y1="${CURSOR.top}" y2="${CURSOR.bottom}"/></svg>`;
  return trustedHtml(drawn.text.replace("</svg>", cursor.text));
}

/** Leaves out frames until the sheet fits the budget. */
function thinnedToBudget(film: FilmData): {
  readonly shown: FilmData;
  readonly sheet: DataImage;
  readonly stride: number;
} {
  let stride = 1;
  let frames = everyPicture(film.frames, stride);
  let sheet = pictureSheet(frames, SHEET_COLUMNS);
  while (sheet.uri.length > SHEET_BUDGET && frames.count > 1) {
    // A sheet is about as large as its frames are many; packing each candidate stride would take seconds.
    stride = Math.max(stride + 1, Math.ceil((stride * sheet.uri.length) / SHEET_BUDGET));
    frames = everyPicture(film.frames, stride);
    sheet = pictureSheet(frames, SHEET_COLUMNS);
  }
  const keep = <T>(values: readonly T[]) => values.filter((_, i) => i % stride === 0);
  return {
    sheet,
    stride,
    shown: {
      ...film,
      frames,
      steps: keep(film.steps),
      rewardSoFar: keep(film.rewardSoFar),
      actions: keep(film.actions),
    },
  };
}

function everyNth(stride: number): string {
  return stride === 2 ? "every second" : stride === 3 ? "every third" : `every ${formatNumber(stride)}th`;
}

function assertFilm({ frames, steps, rewardSoFar, actions, actionNames }: FilmData): void {
  const lengths = [steps.length, rewardSoFar.length, actions.length];
  if (lengths.every((length) => length === frames.count)) {
    if (actions.every((action) => action.length === actionNames.length)) return;
  }
  throw new DomainError(
    "invalid-argument",
    `the report was given a film of ${frames.count} frames with ${lengths.join(", ")} steps, rewards and actions, and ${actionNames.length} names of actions; there must be one of each for every frame`,
  );
}
