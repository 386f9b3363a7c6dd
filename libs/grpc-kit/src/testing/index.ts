export { serviceStarter } from "./service-starter.js";
export type { ServiceProcess } from "./service-starter.js";
