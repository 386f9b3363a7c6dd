import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cacheFolder } from "./cache-folder.mjs";

const HOME_CACHE = join(homedir(), ".cache", "worldmodels");
const CASES: readonly [string, Record<string, string>, string][] = [
  ["our own variable wins", { WORLDMODELS_CACHE: "/big/disk", XDG_CACHE_HOME: "/xdg" }, "/big/disk"],
  ["the XDG folder gets a folder of ours", { XDG_CACHE_HOME: "/xdg" }, "/xdg/worldmodels"],
  ["a relative XDG folder is ignored", { XDG_CACHE_HOME: "xdg" }, HOME_CACHE],
  ["empty variables count as unset", { WORLDMODELS_CACHE: "", XDG_CACHE_HOME: "" }, HOME_CACHE],
  ["nothing set means the home folder's cache", {}, HOME_CACHE],
];

for (const [name, environment, expected] of CASES) {
  test(name, () => {
    assert.equal(cacheFolder(environment), expected);
  });
}
