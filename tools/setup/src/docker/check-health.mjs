// A container's health check: asks the service on this port of this machine by gRPC's health protocol.
//
//   node check-health.mjs PORT
//
// A gRPC client takes 150 ms to load, and this is run every few seconds in every container: HTTP/2 alone does it in 50.
// WORLDMODELS_TLS_CA, WORLDMODELS_TLS_CERT and WORLDMODELS_TLS_KEY are as for all clients.
import { readFileSync } from "node:fs";
import { connect } from "node:http2";

const TIMEOUT_MS = 4_000;
/** An empty HealthCheckRequest, which asks for the whole server: not compressed, 0 bytes long. */
const REQUEST = Buffer.from([0, 0, 0, 0, 0]);
/** HealthCheckResponse { status: SERVING }. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01]);

const [port] = process.argv.slice(2);
const {
  WORLDMODELS_TLS_CA: ca,
  WORLDMODELS_TLS_CERT: cert,
  WORLDMODELS_TLS_KEY: key,
  WORLDMODELS_TLS_NAME: servername = "localhost",
} = process.env;
const tls = ca && {
  ca: readFileSync(ca),
  servername,
  ...(cert && key && { cert: readFileSync(cert), key: readFileSync(key) }),
};

/** @param {string} why @returns {never} */
function fail(why) {
  console.error(`localhost:${port} ${why}`);
  process.exit(1);
}

setTimeout(() => fail(`gave no answer within ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
const session = connect(`${tls ? "https" : "http"}://127.0.0.1:${port}`, tls || {});
session.on("error", (error) => fail(`cannot be reached: ${error.message}`));
const call = session.request({
  ":method": "POST",
  ":path": "/grpc.health.v1.Health/Check",
  "content-type": "application/grpc",
  te: "trailers",
});
/** @type {Buffer[]} */
const pieces = [];
call.on("data", (piece) => pieces.push(piece));
call.on("error", (error) => fail(`cannot be asked: ${error.message}`));
call.on("end", () => {
  if (!Buffer.concat(pieces).equals(SERVING)) fail("is not serving");
  process.exit(0);
});
call.end(REQUEST);
