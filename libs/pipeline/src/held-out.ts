/** The last episodes of a recording are never trained on: a twentieth, at least one. */
export function heldOutEpisodes(episodes: number): number {
  return Math.max(1, Math.floor(episodes / 20));
}
