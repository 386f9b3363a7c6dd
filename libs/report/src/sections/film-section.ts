import { DomainError } from "@worldmodels/errors";
import { html, jsonForScript, trustedHtml, type Html } from "../html.js";
import { everyPicture, pictureSheet, type DataImage } from "../images/png.js";
import { formatNumber } from "../numbers.js";
import { chart } from "../plots/chart.js";
import { filmPlayerScript } from "../player/film-player-script.js";
import type { FilmData } from "../report-data.js";
import type { Section } from "./section.js";

/** Longest sheets of all films together, in characters of base64: the file has to travel by mail and open on a phone. */
const SHEET_BUDGET = 3_500_000;
/** Browsers refuse larger sides. */
const SHEET_COLUMNS = 32;
/** Where the reward's chart begins and ends, for the cursor that follows the film; see `chart`. */
const CURSOR = { from: 58, to: 466, top: 16, bottom: 136 };

/** Episodes to watch side by side: play, pause, scrub, slower and faster, with step, reward and actions of each. */
export function filmSection(films: readonly FilmData[]): Section {
  films.forEach(assertFilm);
  const reels = fitReels(films);
  const clock = reels.map(({ shown }) => shown.steps).reduce(longerOf, []);
  const data = {
    films: reels.map(({ shown: { frames, steps, rewardSoFar, actions } }) => ({
      columns: SHEET_COLUMNS,
      width: frames.width,
      height: frames.height,
      steps,
      rewards: rewardSoFar.map((value) => Number(value.toFixed(2))),
      actions: actions.map((action) => action.map((value) => Number(value.toFixed(3)))),
    })),
    stepsPerSecond: films[0]?.stepsPerSecond,
    cursor: { from: CURSOR.from, to: CURSOR.to },
  };
  return {
    id: "film",
    title: films.length === 1 ? "One episode" : capitalised(films.map(({ title }) => title).join(" beside ")),
    body: html`<div class="films ${films.length === 1 ? "one" : "several"}">
        ${reels.map((reel, k) => filmPanel(reel, k, reels))}
      </div>
      ${controls(clock.length)}
      ${reels.map(
        ({ sheet }, k) =>
          html`<img
            class="sheet"
            data-film="${k}-sheet"
            src="${sheet.uri}"
            width="${sheet.width}"
            height="${sheet.height}"
            alt="All frames of the film, row by row"
          />`,
      )}
      <noscript
        ><style>
          .sheet {
            display: block;
          }
          .film,
          .controls {
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

/** A film as far as it fits in the file. */
interface Reel {
  readonly shown: FilmData;
  readonly sheet: DataImage;
  /** One frame of so many given is kept. */
  readonly stride: number;
}

function filmPanel({ shown, stride }: Reel, k: number, all: readonly Reel[]): Html {
  const { title, label, frames, actionNames } = shown;
  const thinned = stride > 1 ? ` To keep this file small, ${everyNth(stride)} frame given is shown.` : "";
  return html`<div class="film">
    <div class="screen">
      ${all.length === 1 ? undefined : html`<h3>${capitalised(title)}</h3>`}
      <canvas
        class="pixels"
        data-film="${k}-screen"
        width="${frames.width}"
        height="${frames.height}"
        role="img"
        aria-label="${title}: ${label}"
      ></canvas>
    </div>
    <div class="panel">
      <p>${label}.${thinned}</p>
      <dl class="facts">
        <div>
          <dt>step</dt>
          <dd data-film="${k}-step">0</dd>
        </div>
        <div>
          <dt>return so far</dt>
          <dd data-film="${k}-reward">0</dd>
        </div>
      </dl>
      ${actionNames.map(
        (name, i) =>
          html`<div class="action">
            <span>${name}</span><i><b data-film="${k}-action-${i}"></b></i
            ><output data-film="${k}-value-${i}">0</output>
          </div>`,
      )}
      ${rewardChart(shown, k, all)}
    </div>
  </div>`;
}

function controls(frames: number): Html {
  return html`<div class="controls">
    <button type="button" data-film="play">Play</button>
    <button type="button" data-film="back" aria-label="one frame back">‹</button>
    <button type="button" data-film="on" aria-label="one frame on">›</button>
    <input type="range" data-film="scrub" min="0" max="${frames - 1}" value="0" aria-label="frame" />
    <select data-film="speed" aria-label="speed">
      <option value="0.25">¼×</option>
      <option value="0.5">½×</option>
      <option value="1" selected>1×</option>
      <option value="2">2×</option>
      <option value="4">4×</option>
    </select>
  </div>`;
}

/** The charts of all films have the same axes. */
function rewardChart({ title, steps, rewardSoFar }: FilmData, k: number, all: readonly Reel[]): Html {
  const drawn = chart({
    title: `${title}: return so far, over the episode`,
    size: { width: CURSOR.to + 14, height: CURSOR.bottom + 44 },
    x: { label: "step", include: all.map(({ shown }) => shown.steps.at(-1) ?? 0) },
    y: { label: "return so far", include: all.flatMap(({ shown }) => shown.rewardSoFar) },
    lines: [{ name: "return", colour: 1, points: steps.map((x, i) => ({ x, y: rewardSoFar[i] ?? NaN })) }],
  });
  const cursor = html`<line data-film="${k}-cursor" class="cursor" x1="${CURSOR.from}" x2="${CURSOR.from}" y1="${CURSOR.top}" y2="${CURSOR.bottom}"/></svg>`;
  return trustedHtml(drawn.text.replace("</svg>", cursor.text));
}

/** All films within the budget: what a small one leaves of its share is the larger ones'. */
function fitReels(films: readonly FilmData[]): readonly Reel[] {
  const whole = films.map((film) => reelOf(film, 1));
  const fitted = [...whole];
  let budget = SHEET_BUDGET;
  const bySize = [...whole.keys()].sort((a, b) => sizeOf(whole[a]) - sizeOf(whole[b]));
  bySize.forEach((index, rank) => {
    const film = films[index];
    let reel = whole[index];
    if (film === undefined || reel === undefined) return;
    const share = budget / (films.length - rank);
    while (sizeOf(reel) > share && reel.shown.frames.count > 1) {
      // A sheet is about as large as its frames are many; packing each candidate stride would take seconds.
      const wanted = Math.ceil((reel.stride * sizeOf(reel)) / share);
      reel = reelOf(film, Math.max(reel.stride + 1, wanted));
    }
    fitted[index] = reel;
    budget -= sizeOf(reel);
  });
  return fitted;
}

function sizeOf(reel: Reel | undefined): number {
  return reel?.sheet.uri.length ?? 0;
}

/** A film with one frame of `stride`, packed. */
function reelOf(film: FilmData, stride: number): Reel {
  const keep = <T>(values: readonly T[]) => values.filter((_, i) => i % stride === 0);
  const frames = everyPicture(film.frames, stride);
  return {
    sheet: pictureSheet(frames, SHEET_COLUMNS),
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

/** The steps of the film that ends last. */
function longerOf(longest: readonly number[], steps: readonly number[]): readonly number[] {
  return (steps.at(-1) ?? -1) > (longest.at(-1) ?? -1) ? steps : longest;
}

function everyNth(stride: number): string {
  return stride === 2 ? "every second" : stride === 3 ? "every third" : `every ${formatNumber(stride)}th`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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
