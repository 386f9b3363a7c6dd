import assert from "node:assert/strict";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { filmPlayerScript } from "./film-player-script.js";

const film = {
  columns: 2,
  width: 64,
  height: 48,
  steps: [0, 5, 10, 15, 20],
  rewards: [0, 1.25, -0.5, 3, 4],
  actions: [
    [0, 1],
    [-0.5, 0.25],
    [1, 0],
    [0, 0],
    [0, 0],
  ],
};
const shortFilm = {
  columns: 32,
  width: 6,
  height: 6,
  steps: [0, 4, 8, 12],
  rewards: [0, 4, 8, 12],
  actions: [[0], [0.5], [1], [-1]],
};

test("the first frame is shown once the sheet has loaded", () => {
  const page = openPage();
  assert.deepEqual(page.drawn, []);
  page.load();
  assert.deepEqual(page.drawn, [[0, 0, 64, 48, 0, 0, 64, 48]]);
  assert.deepEqual(
    [page.text("0-step"), page.text("0-reward"), page.text("0-value-1")],
    ["0", "0.0", "1.00"],
  );
});

test("scrubbing shows a frame with its step, reward, actions and place on the reward's curve", () => {
  const page = openPage();
  page.load();
  page.fire("scrub", "input", "1");
  assert.deepEqual(page.drawn.at(-1), [64, 0, 64, 48, 0, 0, 64, 48]);
  assert.deepEqual(
    [page.text("0-step"), page.text("0-reward"), page.text("0-value-0")],
    ["5", "1.3", "\u22120.50"],
  );
  assert.deepEqual(page.style("0-action-0"), { left: "25%", width: "25%" });
  assert.deepEqual(page.style("0-action-1"), { left: "50%", width: "12.5%" });
  assert.equal(page.attribute("0-cursor", "x1"), "150");
  page.fire("scrub", "input", "3");
  assert.deepEqual(page.drawn.at(-1), [64, 48, 64, 48, 0, 0, 64, 48]);
});

test("playing keeps to simulated time, and ends at the last frame", () => {
  const page = openPage();
  page.load();
  page.fire("play", "click");
  assert.equal(page.text("play"), "Pause");
  const steps = [1000, 1099, 1100, 1299, 1400, 1450].map((now) => {
    page.animate(now);
    return page.text("0-step");
  });
  assert.deepEqual(steps, ["0", "0", "5", "10", "20", "20"]);
  assert.equal(page.text("play"), "Play");
  assert.equal(page.waiting(), 0);
});

test("speed counts from where the film is, and playing at the end begins again", () => {
  const page = openPage();
  page.load();
  page.fire("play", "click");
  page.animate(0);
  page.animate(100);
  assert.equal(page.text("0-step"), "5");
  page.fire("speed", "change", "0.5");
  page.animate(100);
  page.animate(299);
  assert.equal(page.text("0-step"), "5");
  page.animate(300);
  assert.equal(page.text("0-step"), "10");
  page.fire("scrub", "input", "4");
  page.fire("play", "click");
  assert.equal(page.text("0-step"), "0");
});

test("two films have one clock, and the one that is over waits at its end", () => {
  const page = openPage([film, shortFilm]);
  page.load();
  assert.equal(page.drawn.length, 0, "not before both sheets are there");
  page.load();
  assert.equal(page.drawn.length, 2);
  const shown = (frame: string) => {
    page.fire("scrub", "input", frame);
    return ["0-step", "1-step", "1-reward"].map((name) => page.text(name));
  };
  assert.deepEqual(shown("1"), ["5", "4", "4.0"]);
  assert.deepEqual(shown("2"), ["10", "8", "8.0"]);
  assert.deepEqual(shown("3"), ["15", "12, ended", "12.0"]);
  assert.deepEqual(shown("4"), ["20", "12, ended", "12.0"]);
  assert.deepEqual(shown("0"), ["0", "0", "0.0"]);
  assert.equal(page.attribute("1-cursor", "x1"), "100");
  shown("4");
  assert.equal(page.attribute("1-cursor", "x1"), "220", "on the axis of the longer one");
});

test("the clock is that of the film that ends last, wherever it stands", () => {
  const page = openPage([shortFilm, film]);
  page.load();
  page.load();
  page.fire("scrub", "input", "4");
  assert.deepEqual([page.text("0-step"), page.text("1-step")], ["12, ended", "20"]);
});

test("pausing stops, and single steps stay within the film", () => {
  const page = openPage();
  page.load();
  page.fire("play", "click");
  page.animate(0);
  page.fire("play", "click");
  page.animate(5000);
  assert.deepEqual([page.text("0-step"), page.text("play"), page.waiting()], ["0", "Play", 0]);
  page.fire("back", "click");
  assert.equal(page.text("0-step"), "0");
  for (let k = 0; k < 9; k++) page.fire("on", "click");
  assert.equal(page.text("0-step"), "20");
});

/** As much of a browser as the player uses, with time in the test's hands. */
function openPage(films: readonly object[] = [film]) {
  interface Part {
    textContent: string;
    value: string;
    src: string;
    readonly style: Record<string, string>;
    readonly attributes: Map<string, string>;
    readonly listeners: Map<string, (event: unknown) => void>;
  }
  const parts = new Map<string, object & Part>();
  const drawn: number[][] = [];
  let frames: ((now: number) => void)[] = [];
  const onLoads: (() => void)[] = [];
  const part = (name: string) => {
    const known = parts.get(name);
    if (known !== undefined) return known;
    const made = {
      textContent:
        name === "film-data"
          ? JSON.stringify({ films, stepsPerSecond: 50, cursor: { from: 100, to: 300 } })
          : "",
      value: "",
      src: "data:,",
      style: {},
      attributes: new Map<string, string>(),
      listeners: new Map<string, (event: unknown) => void>(),
      setAttribute: (key: string, value: string) => made.attributes.set(key, value),
      addEventListener: (type: string, listener: (event: unknown) => void) =>
        made.listeners.set(type, listener),
      getContext: () => ({ drawImage: (_: unknown, ...at: number[]) => drawn.push(at) }),
    };
    parts.set(name, made);
    return made;
  };
  class Image {
    src = "";
    addEventListener(_: string, listener: () => void) {
      onLoads.push(listener);
    }
  }
  const document = {
    querySelector: (selector: string) => part(/"(.*)"/.exec(selector)![1]!),
    getElementById: part,
  };
  const requestAnimationFrame = (callback: (now: number) => void) => frames.push(callback);
  runInContext(filmPlayerScript, createContext({ document, Image, requestAnimationFrame }));
  return {
    drawn,
    /** The next sheet has loaded. */
    load: () => onLoads.shift()!(),
    text: (name: string) => part(name).textContent,
    style: (name: string) => ({ ...part(name).style }),
    attribute: (name: string, key: string) => part(name).attributes.get(key),
    waiting: () => frames.length,
    fire: (name: string, type: string, value = "") => {
      part(name).value = value;
      part(name).listeners.get(type)!({ target: { value } });
    },
    /** All callbacks that wait for the next animation frame, at this time in milliseconds. */
    animate: (now: number) => {
      const due = frames;
      frames = [];
      for (const callback of due) callback(now);
    },
  };
}
