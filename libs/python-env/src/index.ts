export { createPythonEngine } from "./python-engine.js";
export type { PythonEngineOptions } from "./python-engine.js";
export { gymnasiumSettings } from "./gymnasium-settings.js";
export { preparePython } from "./prepare-python.js";
export type { PreparedPython, PythonModule } from "./prepare-python.js";
export { scenarioSettings, takeCoverSettings, VIZDOOM_SCENARIOS } from "./vizdoom-settings.js";
