import { resolveSettings, type SettingsOf } from "@worldmodels/config";

/** What can be set in CarRacing's URI, as in `CarRacing-v3?max_episode_steps=3000`; names are Gymnasium's where it has them. */
export const carRacingSettings = {
  continuous: {
    type: "boolean",
    default: true,
    doc: "three numbers (steer, gas, brake) as an action; false: one of five (nothing, right, left, gas, brake)",
  },
  domain_randomize: {
    type: "boolean",
    default: false,
    doc: "new colours of road and grass in each episode",
  },
  lap_complete_percent: {
    type: "number",
    default: 0.95,
    minimum: 0,
    maximum: 1,
    doc: "share of tiles after which a first touch of the first tile ends the lap; v0 has no such rule, and in v3 it never comes to act, since the first tile is touched at the start",
  },
  max_episode_steps: {
    type: "integer",
    default: 1000,
    minimum: 1,
    doc: "steps after which an episode is truncated",
  },
  render_width: {
    type: "integer",
    default: 600,
    minimum: 1,
    maximum: 4096,
    doc: "width of pictures for people where none is asked for, pixels",
  },
  render_height: {
    type: "integer",
    default: 400,
    minimum: 1,
    maximum: 4096,
    doc: "height of pictures for people where none is asked for, pixels",
  },
} as const;

export type CarRacingSettings = SettingsOf<typeof carRacingSettings>;

/** @throws DomainError `invalid-argument` naming every unknown setting and bad value */
export function resolveCarRacingSettings(
  id: string,
  given: Readonly<Record<string, unknown>>,
): CarRacingSettings {
  return resolveSettings(carRacingSettings, given, id);
}
