/**
 * A square RGB picture at another size, bilinear, for people to look at.
 *
 * @param picture uint8 `[side, side, 3]`
 * @returns uint8 `[height, width, 3]`, the caller's
 */
export function scalePicture(picture: Uint8Array, side: number, width: number, height: number): Uint8Array {
  const scaled = new Uint8Array(width * height * 3);
  const columns = placesAlong(side, width);
  const rows = placesAlong(side, height);
  let at = 0;
  for (const { near: top, far: bottom, weight: down } of rows) {
    for (const { near: left, far: right, weight: along } of columns) {
      for (let channel = 0; channel < 3; channel++) {
        const pixel = (y: number, x: number): number => picture[(y * side + x) * 3 + channel] ?? 0;
        const above = pixel(top, left) * (1 - along) + pixel(top, right) * along;
        const below = pixel(bottom, left) * (1 - along) + pixel(bottom, right) * along;
        scaled[at++] = Math.round(above * (1 - down) + below * down);
      }
    }
  }
  return scaled;
}

/** Between which two source pixels the centre of each target pixel lies, and how far towards the second. */
function placesAlong(from: number, to: number): { near: number; far: number; weight: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const near = Math.floor(place);
    return { near, far: Math.min(near + 1, from - 1), weight: place - near };
  });
}
