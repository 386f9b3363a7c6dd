export { describeSetting, resolveSettings } from "./settings.js";
export type { Setting, SettingsOf, SettingsSchema, SettingValue } from "./settings.js";
export { nearestWord } from "./nearest-word.js";
