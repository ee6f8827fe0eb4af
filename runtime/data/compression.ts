/**
 * What a host lends the readers: deflate and its inverse (`node:zlib` in Node).
 *
 * The readers stay free of any platform this way. An inflater must throw where the output would pass
 * `largest` bytes: a small hostile file may unpack to a thousand times its size.
 */
import { DataError } from '../errors.ts';

export interface Compression {
  readonly gunzip: (bytes: Uint8Array, largest: number) => Uint8Array;
  readonly inflateRaw: (bytes: Uint8Array, largest: number) => Uint8Array;
  readonly deflateRaw: (bytes: Uint8Array) => Uint8Array;
}

/** Typed arrays end here; a larger file could not be held anyway. */
const largestUnpacked = 2 ** 31;

export const looksLikeGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** The content of a gzip file; anything else is given back as it is. */
export function unpackGzip(bytes: Uint8Array, file: string, compression: Compression): Uint8Array {
  if (!looksLikeGzip(bytes)) return bytes;
  try {
    return compression.gunzip(bytes, largestUnpacked);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${file}: the gzip data is damaged or cut off (${reason})`);
  }
}
