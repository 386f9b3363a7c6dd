import { DomainError } from "@worldmodels/errors";
import { STEER_LIMIT } from "../constants.js";
import type { RoadSurface } from "../picture/scene.js";
import type { Box2D } from "./box2d.js";
import { AWAKE_FLAG, BODY, CONTACT, FIXTURE, HEAP_START, JOINT } from "./box2d-layout.js";
import { buildCar, buildRoad, fixtureTag } from "./build-world.js";
import { ResettableMemory } from "./resettable-memory.js";

/** Told when a part of the car begins or ends to touch a road tile; `wheel` is 0 to 3, or -1 for the hull. */
export interface TouchListener {
  beginTouch(tile: number, wheel: number): void;
  endTouch(tile: number, wheel: number): void;
}

const WHEELS = 4;
const BODIES = 1 + WHEELS;
const VELOCITY_ITERATIONS = 180;
const POSITION_ITERATIONS = 60;
const STEP_SECONDS = Math.fround(0.02);
const LOWER_LIMIT = Math.fround(-STEER_LIMIT);
const UPPER_LIMIT = Math.fround(STEER_LIMIT);

/**
 * The physical world of one slot: a car of a hull and four wheels, and the road as sensors, in a Box2D instance
 * of its own, so that the instance's memory is the whole state.
 *
 * Gymnasium has Box2D 2.3 and box2d-wasm has 2.4. What differs for this car is put right from outside: masses,
 * forces, the moments at which the joints' limits act, and when the car may fall asleep. What remains is the
 * last bit of the C library's sine and cosine, and the order of sums in a joint at its limit.
 *
 * Wheels are 0 to 3: front-left, front-right, rear-left, rear-right.
 */
export class CarWorld {
  readonly #box2d: Box2D;
  readonly #f32: Float32Array;
  readonly #i32: Int32Array;
  readonly #u16: Uint16Array;
  readonly #u8: Uint8Array;
  readonly #world: number;
  readonly #memory: ResettableMemory;
  /** Addresses of the hull and the wheels, then of the wheels' joints. */
  readonly #parts = new Int32Array(BODIES + WHEELS);

  /**
   * @param box2d a fresh instance, which this world then owns
   * @param listener called during `step` only
   */
  constructor(box2d: Box2D, listener: TouchListener) {
    this.#box2d = box2d;
    this.#f32 = box2d.HEAPF32;
    this.#i32 = box2d.HEAP32;
    this.#u16 = box2d.HEAPU16;
    this.#u8 = box2d.HEAPU8;
    this.#world = box2d._emscripten_bind_b2World_b2World_1(box2d._emscripten_bind_b2Vec2_b2Vec2_2(0, 0));
    box2d._emscripten_bind_b2World_SetContactListener_1(this.#world, this.#createListener(listener));
    // Nothing here collides solidly, so there is nothing for continuous collision to find.
    box2d._emscripten_bind_b2World_SetContinuousPhysics_1(this.#world, 0);
    this.#memory = new ResettableMemory(box2d);
  }

  /**
   * Begins anew with this road and a car at rest.
   *
   * @param x, y where the hull is, metres
   * @param angle of the hull, radians
   */
  build(road: RoadSurface, x: number, y: number, angle: number): void {
    this.#memory.rewind();
    buildRoad(this.#box2d, this.#world, road);
    const { bodies, joints } = buildCar(this.#box2d, this.#world, x, y, angle);
    this.#parts.set([...bodies, ...joints]);
    if (this.#box2d.HEAPU8 !== this.#u8)
      throw new Error("Box2D's memory has grown; its views here are stale");
  }

  /** Lets a fiftieth of a second pass. */
  step(): void {
    this.#wakeCar();
    for (let wheel = 0; wheel < WHEELS; wheel++) this.#gateLimit(wheel);
    this.#box2d._emscripten_bind_b2World_Step_3(
      this.#world,
      STEP_SECONDS,
      VELOCITY_ITERATIONS,
      POSITION_ITERATIONS,
    );
  }

  /** Angle between wheel and hull, radians. */
  jointAngle(wheel: number): number {
    return Math.fround(this.#read(this.#wheel(wheel), BODY.angle) - this.#read(this.#hull, BODY.angle));
  }

  /** Sine and cosine of the wheel's angle in the world. */
  wheelSin(wheel: number): number {
    return this.#read(this.#wheel(wheel), BODY.sin);
  }
  wheelCos(wheel: number): number {
    return this.#read(this.#wheel(wheel), BODY.cos);
  }

  /** Velocity of the wheel's centre, m/s. */
  wheelVelocityX(wheel: number): number {
    return this.#read(this.#wheel(wheel), BODY.velocityX);
  }
  wheelVelocityY(wheel: number): number {
    return this.#read(this.#wheel(wheel), BODY.velocityY);
  }

  /** Where the hull's origin is, metres. */
  get hullX(): number {
    return this.#read(this.#hull, BODY.positionX);
  }
  get hullY(): number {
    return this.#read(this.#hull, BODY.positionY);
  }

  /** @param speed rad/s at which the steering motor shall turn the wheel */
  setMotorSpeed(wheel: number, speed: number): void {
    this.#f32[(this.#joint(wheel) + JOINT.motorSpeed) >> 2] = speed;
  }

  /**
   * Lets a force in newtons act on the wheel's centre during the next step. It becomes a change of velocity at
   * once, in float32 and in the order in which Box2D 2.3 does it at the beginning of a step.
   */
  pushWheel(wheel: number, forceX: number, forceY: number): void {
    const body = this.#wheel(wheel);
    const inverseMass = this.#read(body, BODY.inverseMass);
    const velocityX = (body + BODY.velocityX) >> 2;
    const velocityY = (body + BODY.velocityY) >> 2;
    const { fround } = Math;
    this.#f32[velocityX] =
      (this.#f32[velocityX] as number) + fround(STEP_SECONDS * fround(inverseMass * fround(forceX)));
    this.#f32[velocityY] =
      (this.#f32[velocityY] as number) + fround(STEP_SECONDS * fround(inverseMass * fround(forceY)));
  }

  /** Writes x, y, angle, vx, vy, angular velocity of hull and wheels: `[5, 6]`. */
  readBodies(out: Float64Array): void {
    for (let i = 0; i < BODIES; i++) {
      const body = this.#parts[i] as number;
      out[6 * i] = this.#read(body, BODY.positionX);
      out[6 * i + 1] = this.#read(body, BODY.positionY);
      out[6 * i + 2] = this.#read(body, BODY.angle);
      out[6 * i + 3] = this.#read(body, BODY.velocityX);
      out[6 * i + 4] = this.#read(body, BODY.velocityY);
      out[6 * i + 5] = this.#read(body, BODY.angularVelocity);
    }
  }

  /** The exact state; `restore` takes it into any world of the same build. */
  save(): { readonly parts: Uint8Array; readonly memory: Uint8Array } {
    return { parts: new Uint8Array(this.#parts.slice().buffer), memory: this.#memory.save() };
  }

  /** @throws DomainError `invalid-argument` for what `save` has not given, with nothing changed */
  restore(parts: Uint8Array, memory: Uint8Array): void {
    const addresses = new Int32Array(parts.slice(0, parts.length & ~3).buffer);
    const isAddress = (address: number): boolean =>
      address % 4 === 0 && address >= HEAP_START && address < this.#u8.length;
    if (addresses.length !== this.#parts.length || !addresses.every(isAddress)) {
      throw new DomainError("invalid-argument", `${parts.length} bytes do not say where a car's parts are.`);
    }
    this.#memory.restore(memory);
    this.#parts.set(addresses);
  }

  get #hull(): number {
    return this.#parts[0] as number;
  }

  #wheel(wheel: number): number {
    return this.#parts[1 + wheel] as number;
  }

  #joint(wheel: number): number {
    return this.#parts[BODIES + wheel] as number;
  }

  #read(address: number, offset: number): number {
    return this.#f32[(address + offset) >> 2] as number;
  }

  /** What 2.3's SetMotorSpeed and ApplyForce do; 2.4's also set the sleep timers back, and a car at rest never sleeps. */
  #wakeCar(): void {
    for (let i = 0; i < BODIES; i++) {
      const body = this.#parts[i] as number;
      const flags = this.#u16[(body + BODY.flags) >> 1] as number;
      if ((flags & AWAKE_FLAG) === 0) {
        this.#u16[(body + BODY.flags) >> 1] = flags | AWAKE_FLAG;
        this.#f32[(body + BODY.sleepSeconds) >> 2] = 0;
      }
    }
  }

  /** A limit of 2.3 acts only in steps that begin at or beyond it; one of 2.4 would stop the wheel short of it. */
  #gateLimit(wheel: number): void {
    const joint = this.#joint(wheel);
    const angle = this.jointAngle(wheel);
    const active = angle <= LOWER_LIMIT || angle >= UPPER_LIMIT ? 1 : 0;
    if (this.#u8[joint + JOINT.limitEnabled] === active) return;
    this.#u8[joint + JOINT.limitEnabled] = active;
    this.#f32[(joint + JOINT.lowerImpulse) >> 2] = 0;
    this.#f32[(joint + JOINT.upperImpulse) >> 2] = 0;
  }

  #createListener(listener: TouchListener): number {
    const tagOf = (contact: number, offset: number): number => {
      const fixture = this.#i32[(contact + offset) >> 2] as number;
      return this.#i32[(fixture + FIXTURE.userData) >> 2] as number;
    };
    const callbacks = {
      BeginContact: (contact: number): void => {
        const a = tagOf(contact, CONTACT.fixtureA);
        const b = tagOf(contact, CONTACT.fixtureB);
        listener.beginTouch(fixtureTag.tileOf(a, b), fixtureTag.wheelOf(a, b));
      },
      EndContact: (contact: number): void => {
        const a = tagOf(contact, CONTACT.fixtureA);
        const b = tagOf(contact, CONTACT.fixtureB);
        listener.endTouch(fixtureTag.tileOf(a, b), fixtureTag.wheelOf(a, b));
      },
      // Called for solid contacts, of which there are none; the binding wants all four.
      PreSolve: (): void => undefined,
      PostSolve: (): void => undefined,
    };
    return this.#box2d.getPointer(Object.assign(new this.#box2d.JSContactListener(), callbacks));
  }
}
