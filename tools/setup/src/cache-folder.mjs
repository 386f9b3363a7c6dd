import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * The one folder for everything heavy that set-up makes. It may be deleted at any time; the next set-up makes it anew.
 *
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {string} `$WORLDMODELS_CACHE`, else `$XDG_CACHE_HOME/worldmodels`, else `~/.cache/worldmodels`
 */
export function cacheFolder(environment = process.env) {
  const { WORLDMODELS_CACHE: own, XDG_CACHE_HOME: shared } = environment;
  if (own) return own;
  // The XDG base directory specification: a relative path here is to be ignored.
  return join(shared && isAbsolute(shared) ? shared : join(homedir(), ".cache"), "worldmodels");
}
