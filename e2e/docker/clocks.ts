import { docker, renew } from "./compose-project.js";

/** As new, with other clocks in some containers. @param clocks as libfaketime takes them, by the variables of clocks.yaml */
export async function withClocks(clocks: {
  readonly ROLLOUT_CLOCK: string;
  readonly ENCODER_CLOCK: string;
}): Promise<void> {
  Object.assign(process.env, clocks);
  await docker(["compose", "build", "--quiet", "rollout", "encoder"], ["clocks.yaml"]);
  await renew(["clocks.yaml"]);
}
