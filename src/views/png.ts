/** Pixels in; a PNG (RGBA of 8 bits, no filters), or that as a data URI, out. */
import { PNG } from 'pngjs';

/** Red, green, blue and alpha, each from 0 to 1. */
export type Colour = readonly [number, number, number, number];

export function pngBytes(width: number, height: number, at: (x: number, y: number) => Colour): Uint8Array {
  const png = new PNG({ width, height });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      at(x, y).forEach((part, k) => {
        png.data[4 * (y * width + x) + k] = Math.round(255 * Math.min(1, Math.max(0, part)));
      });
    }
  }
  return PNG.sync.write(png, { filterType: 0, deflateStrategy: 0 });
}

export const pngUri = (...picture: Parameters<typeof pngBytes>): string =>
  `data:image/png;base64,${Buffer.from(pngBytes(...picture)).toString('base64')}`;
