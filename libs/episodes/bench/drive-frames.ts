/**
 * Pictures from above a car on a winding road: not CarRacing, but alike in what compression feels (large flat
 * areas that turn and move, thin edges, a bar of instruments).
 *
 * @returns uint8 RGB `[steps, 64, 64, 3]`
 */
export function driveFrames(steps: number): Uint8Array {
  const frames = new Uint8Array(steps * 64 * 64 * 3);
  let random = 12345;
  const next = () => (random = (Math.imul(random, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  let [x, y, angle] = [0, 0, 0];
  for (let step = 0; step < steps; step++) {
    const roadAngle = Math.atan((2 / 3) * Math.cos(x / 30));
    const offset = 20 * Math.sin(x / 30) - y;
    angle += 0.15 * (roadAngle - angle) + 0.004 * offset + 0.02 * (next() - 0.5);
    const speed = 0.7 + 0.5 * next();
    x += speed * Math.cos(angle);
    y += speed * Math.sin(angle);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (let pixel = 0; pixel < 64 * 64; pixel++) {
      const [row, column] = [pixel >> 6, pixel & 63];
      const colour = [0, 0, 0];
      // Four samples a pixel, as averaging a larger picture would give.
      for (let sample = 0; sample < 4; sample++) {
        const ahead = (44 - row - 0.25 - 0.5 * (sample >> 1)) * 0.9;
        const aside = (32 - column - 0.25 - 0.5 * (sample & 1)) * 0.9;
        const seen =
          row < 56
            ? groundColour(x + ahead * cos - aside * sin, y + ahead * sin + aside * cos)
            : instrumentColour(row, column, speed);
        for (let channel = 0; channel < 3; channel++)
          colour[channel] = (colour[channel] ?? 0) + (seen[channel] ?? 0);
      }
      frames.set(
        colour.map((sum) => sum / 4),
        3 * (step * 4096 + pixel),
      );
    }
  }
  return frames;
}

function groundColour(x: number, y: number): readonly number[] {
  const distance = Math.abs(y - 20 * Math.sin(x / 30)) / Math.hypot(1, (2 / 3) * Math.cos(x / 30));
  if (distance < 6.7) return new Array<number>(3).fill(102 + 3 * (Math.floor(x / 3.5) % 3));
  if (distance < 7.5 && Math.abs(Math.cos(x / 30)) < 0.5)
    return Math.floor(x / 3.5) & 1 ? [255, 0, 0] : [255, 255, 255];
  return (Math.floor(x / 17.5) + Math.floor(y / 17.5)) & 1 ? [102, 230, 102] : [102, 204, 102];
}

function instrumentColour(row: number, column: number, speed: number): readonly number[] {
  return column > 5 && column < 5 + 14 * speed && row < 62 ? [255, 255, 255] : [0, 0, 0];
}
