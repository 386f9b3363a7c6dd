import { readJson } from "./repository.mjs";

/**
 * @param {string} version as `process.versions.node`, "20.20.2"
 * @param {string} range as package.json's `engines.node`: ">=MAJOR.MINOR <MAJOR"
 * @returns {string | undefined} what to tell the person, or undefined where the version will do
 */
export function nodeVersionProblem(version, range = readJson("package.json").engines.node) {
  const [, lowMajor, lowMinor, high] = /^>=(\d+)\.(\d+) <(\d+)$/.exec(range)?.map(Number) ?? [];
  if (lowMajor === undefined || lowMinor === undefined || high === undefined) {
    throw new Error(`package.json's engines.node is "${range}"; expected the form ">=20.19 <27"`);
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const inside = (major > lowMajor || (major === lowMajor && minor >= lowMinor)) && major < high;
  if (inside) return undefined;
  return (
    `worldmodels needs Node ${lowMajor}.${lowMinor} or later and below ${high}, and this is Node ${version}: ` +
    `install a version in that range (.nvmrc names the one the tests run on; "nvm install" reads it).`
  );
}
