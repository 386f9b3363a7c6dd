import { DomainError } from "@worldmodels/errors";
import createBox2DModule from "box2d-wasm/dist/umd/Box2D.js";
import { assertLayout } from "./box2d-layout.js";
import { webAssembly, type CompiledModule, type ModuleInstance } from "./web-assembly.js";

/**
 * One instance of Box2D with a linear memory of its own, by the flat functions of its bindings: they take and
 * give addresses, where the classes of box2d-wasm would make a wrapper object per call and keep it for ever.
 */
export interface Box2D {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU16: Uint16Array;
  readonly HEAP32: Int32Array;
  readonly HEAPF32: Float32Array;
  readonly JSContactListener: new () => object;
  getPointer(wrapper: object): number;
  _malloc(bytes: number): number;
  _emscripten_bind_b2Vec2_b2Vec2_2(x: number, y: number): number;
  _emscripten_bind_b2Vec2_set_x_1(vector: number, x: number): void;
  _emscripten_bind_b2Vec2_set_y_1(vector: number, y: number): void;
  _emscripten_bind_b2World_b2World_1(gravity: number): number;
  _emscripten_bind_b2World_SetContactListener_1(world: number, listener: number): void;
  _emscripten_bind_b2World_SetContinuousPhysics_1(world: number, flag: number): void;
  _emscripten_bind_b2World_CreateBody_1(world: number, definition: number): number;
  _emscripten_bind_b2World_CreateJoint_1(world: number, definition: number): number;
  _emscripten_bind_b2World_Step_3(world: number, seconds: number, velocity: number, position: number): void;
  _emscripten_bind_b2BodyDef_b2BodyDef_0(): number;
  _emscripten_bind_b2BodyDef_set_type_1(definition: number, type: number): void;
  _emscripten_bind_b2BodyDef_set_position_1(definition: number, vector: number): void;
  _emscripten_bind_b2BodyDef_set_angle_1(definition: number, radians: number): void;
  _emscripten_bind_b2Body_CreateFixture_1(body: number, definition: number): number;
  _emscripten_bind_b2PolygonShape_b2PolygonShape_0(): number;
  _emscripten_bind_b2PolygonShape_Set_2(shape: number, points: number, count: number): void;
  _emscripten_bind_b2FixtureDef_b2FixtureDef_0(): number;
  _emscripten_bind_b2FixtureDef_set_shape_1(definition: number, shape: number): void;
  _emscripten_bind_b2FixtureDef_set_density_1(definition: number, density: number): void;
  _emscripten_bind_b2FixtureDef_set_isSensor_1(definition: number, flag: number): void;
  _emscripten_bind_b2FixtureDef_get_filter_0(definition: number): number;
  _emscripten_bind_b2FixtureDef_get_userData_0(definition: number): number;
  _emscripten_bind_b2FixtureUserData_set_pointer_1(data: number, value: number): void;
  _emscripten_bind_b2Filter_set_categoryBits_1(filter: number, bits: number): void;
  _emscripten_bind_b2Filter_set_maskBits_1(filter: number, bits: number): void;
  _emscripten_bind_b2RevoluteJointDef_b2RevoluteJointDef_0(): number;
  _emscripten_bind_b2RevoluteJointDef_set_bodyA_1(definition: number, body: number): void;
  _emscripten_bind_b2RevoluteJointDef_set_bodyB_1(definition: number, body: number): void;
  _emscripten_bind_b2RevoluteJointDef_set_localAnchorA_1(definition: number, vector: number): void;
  _emscripten_bind_b2RevoluteJointDef_set_localAnchorB_1(definition: number, vector: number): void;
  _emscripten_bind_b2RevoluteJointDef_set_enableMotor_1(definition: number, flag: number): void;
  _emscripten_bind_b2RevoluteJointDef_set_enableLimit_1(definition: number, flag: number): void;
  _emscripten_bind_b2RevoluteJointDef_set_maxMotorTorque_1(definition: number, torque: number): void;
  _emscripten_bind_b2RevoluteJointDef_set_lowerAngle_1(definition: number, radians: number): void;
  _emscripten_bind_b2RevoluteJointDef_set_upperAngle_1(definition: number, radians: number): void;
}

/** Makes instances of Box2D, compiled once. */
export interface Box2DFactory {
  /** What it was made of, for `EnvSpec.versions`. */
  readonly version: string;
  create(): Promise<Box2D>;
}

/**
 * Compiles Box2D.
 *
 * It takes the plain flavour and never the SIMD one, which the package would choose by what the machine can do:
 * so every machine runs the same instructions, and a snapshot of one is at home in another.
 *
 * @param wasmBinary the bytes of `box2d-wasm/dist/umd/Box2D.wasm` of box2d-wasm 7.0.0; this library reads no files
 * @param host the process, from which the handlers are taken off that each instance hangs on it
 * @throws DomainError `failed-precondition` for the bytes of another build
 */
export async function loadBox2D(wasmBinary: Uint8Array, host: HandlerHost): Promise<Box2DFactory> {
  if (wasmBinary.length !== PLAIN_FLAVOUR_BYTES) throw wrongBinary(wasmBinary);
  const compiled = await webAssembly.compile(wasmBinary).catch((cause: unknown) => {
    throw wrongBinary(wasmBinary, cause);
  });
  const create = (): Promise<Box2D> => instantiate(compiled, host);
  assertLayout(await create());
  return { version: "box2d-wasm 7.0.0", create };
}

const PLAIN_FLAVOUR_BYTES = 161347;

function wrongBinary(wasmBinary: Uint8Array, cause?: unknown): DomainError {
  return new DomainError(
    "failed-precondition",
    `the ${wasmBinary.length} bytes given are not Box2D as it is needed here; pass the ${PLAIN_FLAVOUR_BYTES} bytes of box2d-wasm 7.0.0's dist/umd/Box2D.wasm.`,
    { cause },
  );
}

interface ModuleOptions {
  instantiateWasm(imports: object, receive: (instance: ModuleInstance) => void): object;
}
// The package's own types describe the classes only.
const createModule = createBox2DModule as unknown as (options: ModuleOptions) => Promise<Box2D>;

/** What of Node's `process` is needed: its event handlers. */
export type HandlerHost = Pick<NodeJS.EventEmitter, "listeners" | "removeListener">;

const HANDLED_EVENTS = ["uncaughtException", "unhandledRejection"];

async function instantiate(compiled: CompiledModule, host: HandlerHost): Promise<Box2D> {
  const before = HANDLED_EVENTS.map((event) => new Set(host.listeners(event)));
  const ready = createModule({
    instantiateWasm(imports, receive) {
      const instance = new webAssembly.Instance(compiled, imports);
      receive(instance);
      return instance.exports;
    },
  });
  // Each instance hangs handlers on the whole process that only throw again: not a library's business.
  HANDLED_EVENTS.forEach((event, i) => {
    for (const listener of host.listeners(event)) {
      if (before[i]?.has(listener) === false) host.removeListener(event, listener as () => void);
    }
  });
  return await ready;
}
