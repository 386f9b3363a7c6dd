export { quartilesOf } from "./numbers.js";
export { renderReport } from "./render-report.js";
export type {
  DreamData,
  DreamedReturnsData,
  EndingsData,
  EpisodeScore,
  EvaluationPoint,
  FilmData,
  GenerationPoint,
  LearningData,
  LossCurve,
  LossPoint,
  MemoryData,
  PartingData,
  Pictures,
  Quartiles,
  ReportData,
  ResultData,
  SettingRow,
  StageTiming,
  VisionData,
} from "./report-data.js";
export { renderSweep } from "./sweep/render-sweep.js";
export type {
  SweepData,
  SweepDataRow,
  SweepFailure,
  SweepFigures,
  SweepRow,
  SweepRowHead,
} from "./sweep/sweep-data.js";
