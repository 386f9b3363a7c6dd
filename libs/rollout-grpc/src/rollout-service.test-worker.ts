// A rollout service without settings, in a process of its own that may be killed: argv is where to listen and the store.
import { serveArtifacts } from "@worldmodels/artifact-grpc";
import { createArtifactStore } from "@worldmodels/artifacts";
import { parseAddress, serve, startServer } from "@worldmodels/grpc-kit";
import { RolloutServiceService } from "@worldmodels/proto/rollout";
import { createEvaluateHandler } from "./evaluate-handler.js";

const [listen = "", root = ""] = process.argv.slice(2);
const store = createArtifactStore(root);
const handler = createEvaluateHandler({
  store,
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
const { address } = await startServer({
  listen: parseAddress(listen, "listen"),
  services: [service, serveArtifacts(store)],
  onBug: (method, error) => {
    console.error(method, error);
  },
});
console.log(address);
