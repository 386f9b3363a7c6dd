export { describeBugs, fuzzService } from "./fuzz-service.js";
export type { FuzzBug, FuzzOptions, FuzzReport } from "./fuzz-service.js";
