// A rollout service without settings, in a process of its own that may be killed: argv is the socket and the store.
import { createArtifactStore } from "@worldmodels/artifacts";
import { serve, startServer } from "@worldmodels/grpc-kit";
import { RolloutServiceService } from "@worldmodels/proto/rollout";
import { createEvaluateHandler } from "./evaluate-handler.js";

const [socket = "", root = ""] = process.argv.slice(2);
const handler = createEvaluateHandler({
  store: createArtifactStore(root),
  workers: 1,
  maxPools: 2,
  maxWaiting: 4,
});
const none = () => Promise.reject(new Error("this service only evaluates"));
const service = serve(RolloutServiceService, {
  evaluate: handler.evaluate,
  collect: none,
  scoreController: none,
});
await startServer({
  listen: { type: "unix", path: socket },
  services: [service],
  onBug: (method, error) => {
    console.error(method, error);
  },
});
console.log("listening");
