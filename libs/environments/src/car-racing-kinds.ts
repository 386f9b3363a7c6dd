import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { CAR_RACING_IDS, carRacingSettings, createCarRacingEngine, loadBox2D } from "@worldmodels/car-racing";
import type { Box2DFactory, CarRacingId } from "@worldmodels/car-racing";
import type { EnvKind } from "./env-kind.js";

const DOCS: Readonly<Record<CarRacingId, string>> = {
  "CarRacing-v3": "Gymnasium's: the camera looks along the car; in this process",
  "CarRacing-v0": "The paper's: the camera looks along the velocity; in this process",
};

/** CarRacing on Box2D in WebAssembly. */
export const carRacingKinds: readonly EnvKind[] = CAR_RACING_IDS.map((id) => ({
  scheme: "native",
  id,
  doc: DOCS[id],
  settings: carRacingSettings,
  actionBounds: "engine",
  createEngine: async ({ settings, numEnvs }) =>
    createCarRacingEngine({ id, numEnvs, settings, box2d: await loadedBox2D() }),
}));

/** Compiled once per process. */
let box2d: Promise<Box2DFactory> | undefined;

function loadedBox2D(): Promise<Box2DFactory> {
  box2d ??= readBox2D().then((bytes) => loadBox2D(bytes, process));
  return box2d;
}

function readBox2D(): Promise<Uint8Array> {
  // Looked up from car-racing, whose dependency it is: so the version is pinned in one place.
  const carRacing = createRequire(import.meta.url).resolve("@worldmodels/car-racing");
  return readFile(createRequire(carRacing).resolve("box2d-wasm/dist/umd/Box2D.wasm"));
}
