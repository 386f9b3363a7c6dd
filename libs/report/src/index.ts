export { renderReport } from "./render-report.js";
export type {
  DreamData,
  EvaluationPoint,
  FilmData,
  GenerationPoint,
  LearningData,
  LossCurve,
  LossPoint,
  MemoryData,
  Pictures,
  ReportData,
  ResultData,
  SettingRow,
  StageTiming,
  TrackScore,
  VisionData,
} from "./report-data.js";
