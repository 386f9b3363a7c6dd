import { docker, renew, up } from "./compose-project.js";

/** As libfaketime takes them, by the variables of clocks.yaml. */
interface Clocks {
  readonly ROLLOUT_CLOCK: string;
  readonly ENCODER_CLOCK: string;
}

const FILES = ["clocks.yaml"];

/** As new, with other clocks in some containers. */
export async function withClocks(clocks: Clocks): Promise<void> {
  Object.assign(process.env, clocks);
  await docker(["compose", "build", "--quiet", "rollout", "encoder"], FILES);
  await renew(FILES);
}

/** Containers whose clock is to be another one are made anew; their volumes stay. */
export async function changeClocks(clocks: Clocks): Promise<void> {
  Object.assign(process.env, clocks);
  await up(FILES);
}
