/** Returns of whole episodes, and what they come to. */
export interface Scores {
  readonly mean: number;
  /** Standard deviation over the episodes (n - 1). */
  readonly sd: number;
  readonly best: number;
  readonly worst: number;
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
}

export function summariseScores(
  episodes: readonly { readonly return: number; readonly length: number }[],
): Scores {
  const returns = episodes.map((episode) => episode.return);
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    sd: returns.length > 1 ? Math.sqrt(squares / (returns.length - 1)) : 0,
    best: Math.max(...returns),
    worst: Math.min(...returns),
    returns,
    lengths: episodes.map((episode) => episode.length),
  };
}
