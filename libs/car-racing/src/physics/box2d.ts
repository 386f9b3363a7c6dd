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
