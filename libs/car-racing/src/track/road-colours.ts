import type { Rng } from "@worldmodels/rng";

/** The colours of an episode, RGB, 0 to 255; not whole numbers where they were drawn at random. */
export interface RoadColours {
  readonly road: readonly [number, number, number];
  readonly background: readonly [number, number, number];
  readonly grass: readonly [number, number, number];
}

export const DEFAULT_ROAD_COLOURS: RoadColours = {
  road: [102, 102, 102],
  background: [102, 204, 102],
  grass: [102, 230, 102],
};

/** Draws colours as `domain_randomize` does: seven numbers of `rng`. Grass is the background with one channel raised by 20. */
export function drawRoadColours(rng: Rng): RoadColours {
  const draw = (): [number, number, number] => [
    rng.uniform(0, 210),
    rng.uniform(0, 210),
    rng.uniform(0, 210),
  ];
  const road = draw();
  const background = draw();
  const raised = rng.integers(3);
  const [red, green, blue] = background;
  const raise = (channel: number, value: number): number => (channel === raised ? value + 20 : value);
  return { road, background, grass: [raise(0, red), raise(1, green), raise(2, blue)] };
}
