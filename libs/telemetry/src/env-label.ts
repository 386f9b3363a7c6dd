/**
 * An environment as the label `env` names it. Dreams are one: their names are runs' and folders', of which there is no end.
 *
 * @param id as the environment's spec has it, e.g. `CarRacing-v3` or `dream:car-racing-quick-seed0`
 */
export function envLabel(id: string): string {
  return id.startsWith("dream") ? "dream" : id;
}
