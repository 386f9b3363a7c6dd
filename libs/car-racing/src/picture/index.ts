export { createPainter } from "./painter.js";
export type { Painter } from "./painter.js";
export type { RoadSurface, Scene } from "./scene.js";
