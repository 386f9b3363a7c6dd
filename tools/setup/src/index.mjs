export { cacheFolder } from "./cache-folder.mjs";
export { doctor } from "./doctor.mjs";
