import { CAR_RACING_IDS, carRacingSettings, createTrack, drawRoadColours } from "@worldmodels/car-racing";
import { resolveSettings } from "@worldmodels/config";
import { parseEnvUri } from "@worldmodels/env";
import { createRng } from "@worldmodels/rng";

/** The road of an episode, as plain data. */
export interface TrackDescription {
  readonly tiles: number;
  /** One row per tile in driving order: angle around the centre and heading in radians, x and y in metres. */
  readonly points: readonly (readonly [alpha: number, beta: number, x: number, y: number])[];
}

/**
 * The track that a reset with `seed` gives, or null for environments that have none.
 *
 * @throws DomainError `invalid-argument` for a URI or settings that are wrong
 */
export function trackOf(uri: string, seed: bigint): TrackDescription | null {
  const { scheme, id, settings: given } = parseEnvUri(uri);
  if (scheme !== "native" || !CAR_RACING_IDS.some((each) => each === id)) return null;
  const settings = resolveSettings(carRacingSettings, given, uri);
  const rng = createRng(seed);
  // Random colours come before the track in the slot's stream.
  if (settings.domain_randomize) drawRoadColours(rng);
  const { tileCount, alpha, beta, x, y } = createTrack(rng);
  const points = Array.from({ length: tileCount }, (_, i) => [alpha[i]!, beta[i]!, x[i]!, y[i]!] as const);
  return { tiles: tileCount, points };
}
