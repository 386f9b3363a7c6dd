// A service of the environments of this library in a process of its own that may be killed: argv is its socket.
import { serveEnvs } from "@worldmodels/env-grpc";
import { openOwnEnv } from "@worldmodels/environments";
import { startServer } from "@worldmodels/grpc-kit";

const [socket = ""] = process.argv.slice(2);
const service = serveEnvs({
  envs: () => [],
  open: ({ envId, settings, ...options }) => {
    const query = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    return openOwnEnv(`${envId}?${query.join("&")}`, options);
  },
  limits: { maxSlots: 16, maxSessions: 4 },
  onBug: console.error,
});
await startServer({ listen: { type: "unix", path: socket }, services: [service], onBug: console.error });
console.log("listening");
