import { serveTasks } from "./worker-loop.js";
import { prepareRollouts } from "./prepare-rollouts.js";

serveTasks(prepareRollouts);
