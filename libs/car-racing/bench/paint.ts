// Microseconds per wm64 and rgb96 picture of recorded scenes, on one core:
//   node -C @worldmodels/source --import tsx bench/paint.ts
import { readdirSync } from "node:fs";
import { createPainter } from "../src/picture/index.js";
import { readScenes } from "../src/picture/recorded-scenes.test-helper.js";
import type { Scene } from "../src/picture/scene.js";

const SLOTS = 16;
const WARM_UP = 3000;
const ROUNDS = 200;

const groups: Record<string, Scene[]> = { driving: [], "on grass": [], "zooming in": [], "first step": [] };
for (const file of readdirSync(new URL("../fixtures/", import.meta.url))) {
  if (!file.endsWith(".json.gz")) continue;
  for (const scene of readScenes(file.replace(".json.gz", ""))) {
    const { timeSeconds } = scene;
    const spinning = file.startsWith("fulllock") && timeSeconds > 3;
    const group =
      timeSeconds < 0.1 ? "first step" : timeSeconds < 1 ? "zooming in" : spinning ? "on grass" : "driving";
    groups[group]?.push(scene);
  }
}

const painter = createPainter();
const out = new Uint8Array(SLOTS * 96 * 96 * 3);
const painters = {
  wm64: (scene: Scene, slot: number) => painter.paintWm64(scene, out, slot * 64 * 64 * 3),
  rgb96: (scene: Scene, slot: number) => painter.paintRgb96(scene, out, slot * 96 * 96 * 3),
};
for (const [picture, paint] of Object.entries(painters)) {
  for (const scenes of Object.values(groups)) {
    for (let i = 0; i < WARM_UP; i++)
      scenes
        .slice(i % scenes.length)
        .slice(0, 1)
        .forEach((scene) => paint(scene, 0));
  }
  for (const [group, scenes] of Object.entries(groups)) {
    const times = Array.from({ length: ROUNDS }, () => {
      const start = process.hrtime.bigint();
      scenes.forEach((scene, i) => paint(scene, i % SLOTS));
      return Number(process.hrtime.bigint() - start) / 1000 / scenes.length;
    }).sort((a, b) => a - b);
    const [least = 0, median = 0] = [times[0], times[ROUNDS / 2]];
    console.log(
      `${picture} ${group.padEnd(11)} ${String(scenes.length).padStart(4)} scenes: least ${least.toFixed(1)} us, median ${median.toFixed(1)} us`,
    );
  }
}
