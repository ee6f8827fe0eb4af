/** Pixels in, a PNG as a data URI out (W3C, Portable Network Graphics; RGBA of 8 bits, no filters). */
import { deflateSync } from 'node:zlib';
import { crc32 } from '../../runtime/data/crc32.ts';

/** Red, green, blue and alpha, each from 0 to 1. */
export type Colour = readonly [number, number, number, number];

export function pngUri(width: number, height: number, at: (x: number, y: number) => Colour): string {
  const row = 1 + 4 * width;
  const pixels = new Uint8Array(height * row);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      at(x, y).forEach((part, k) => {
        pixels[y * row + 1 + 4 * x + k] = Math.round(255 * Math.min(1, Math.max(0, part)));
      });
    }
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  // Colour type 6: RGB with alpha.
  header.setUint8(9, 6);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const parts = [
    signature,
    chunk('IHDR', new Uint8Array(header.buffer)),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', new Uint8Array()),
  ];
  return `data:image/png;base64,${Buffer.concat(parts).toString('base64')}`;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
