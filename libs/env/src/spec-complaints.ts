import { elementCount } from "./reply-buffers.js";
import type { EnvSpec } from "./spec.js";

/** What is wrong with a spec, one sentence each; empty for a sound one. */
export function specComplaints(spec: EnvSpec): string[] {
  const complaints: string[] = [];
  const expect = (holds: boolean, complaint: string): void => {
    if (!holds) complaints.push(complaint);
  };
  expect(spec.id.length > 0, "id is empty");
  const { action } = spec;
  if (action.type === "BOX") {
    for (const key of ["low", "high", "names"] as const) {
      expect(
        action[key].length === action.size,
        `action.${key} has ${action[key].length} of ${action.size} entries`,
      );
    }
    for (const [i, low] of action.low.entries()) {
      expect(low <= (action.high[i] ?? -Infinity), `action.low[${i}] = ${low} is above its high`);
    }
    expect(action.size >= 1, `action.size = ${action.size}`);
  } else {
    expect(Number.isInteger(action.count) && action.count >= 1, `action.count = ${action.count}`);
    expect(
      action.names.length === action.count,
      `action.names has ${action.names.length} of ${action.count} entries`,
    );
  }
  for (const [name, { shape, low, high, names }] of Object.entries(spec.observations)) {
    expect(
      shape.every((size) => Number.isInteger(size) && size >= 1),
      `observation ${name} has shape [${shape.join(", ")}]`,
    );
    expect(low <= high, `observation ${name} has low ${low} above high ${high}`);
    expect(
      names === undefined || names.length === elementCount(shape),
      `observation ${name} has ${names?.length} names for ${elementCount(shape)} elements`,
    );
  }
  for (const name of spec.defaultObservations) {
    expect(name in spec.observations, `default observation ${name} does not exist`);
  }
  expect(spec.rewardRange[0] <= spec.rewardRange[1], `rewardRange is [${spec.rewardRange.join(", ")}]`);
  const limit = spec.maxEpisodeSteps;
  expect(limit === null || (Number.isInteger(limit) && limit >= 1), `maxEpisodeSteps = ${limit}`);
  expect(spec.tickSeconds > 0, `tickSeconds = ${spec.tickSeconds}`);
  const [width, height] = spec.renderSize;
  expect(width > 0 === height > 0 && width >= 0 && height >= 0, `renderSize is [${width}, ${height}]`);
  expect(Number.isInteger(spec.maxNumEnvs) && spec.maxNumEnvs >= 1, `maxNumEnvs = ${spec.maxNumEnvs}`);
  return complaints;
}
