import util from "node:util";

/**
 * tfjs-node 4.22.0 (its last release) calls helpers of `node:util` that Node 23 removed. Importing this module puts
 * them back where they are missing; it must happen before tfjs-node is loaded.
 */
const removedHelpers: Readonly<Record<string, (value: unknown) => boolean>> = {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: (value) => Array.isArray(value),
  isString: (value) => typeof value === "string",
  isNumber: (value) => typeof value === "number",
};

for (const [name, helper] of Object.entries(removedHelpers)) {
  if (!(name in util)) Object.defineProperty(util, name, { value: helper, configurable: true });
}
