export type { RoadSurface, Scene } from "./picture/scene.js";
