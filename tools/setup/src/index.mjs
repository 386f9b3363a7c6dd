export { cacheFolder } from "./cache-folder.mjs";
export { doctor } from "./doctor.mjs";
export { withLock } from "./lock.mjs";
export { note } from "./progress.mjs";
