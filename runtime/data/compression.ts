/**
 * What a host lends the readers: deflate and its inverse (`node:zlib` in Node).
 *
 * The readers stay free of any platform this way. A small hostile file may unpack to a thousand times its size, so
 * the beginning is unpacked first, its header tells how long the whole is, and no byte more is unpacked.
 */
import { DataError } from '../errors.ts';

export interface Compression {
  /** Throws `TooLarge` as soon as the output would pass `largest` bytes. */
  readonly gunzip: (bytes: Uint8Array, largest: number) => Uint8Array;
  readonly inflateRaw: (bytes: Uint8Array, largest: number) => Uint8Array;
  /** What the first bytes of a compressed file give, though they are cut off somewhere. */
  readonly gunzipStart: (bytes: Uint8Array) => Uint8Array;
  readonly inflateRawStart: (bytes: Uint8Array) => Uint8Array;
  readonly deflateRaw: (bytes: Uint8Array) => Uint8Array;
}

/** The output passed its bound. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** Typed arrays end here; a larger file could not be held anyway. */
export const largestUnpacked = 2 ** 31;
/** Texts end a little above: V8 has no longer ones. */
const largestText = 2 ** 29 - 64;
/** Tables are texts of numbers, which shrink to a third or a tenth; a file that grows so much more is a bomb. */
const largestTextRatio = 100;
/** A short one may be of a single number all over. */
const shortText = 2 ** 24;
/** Compressed bytes that are unpacked to see a header: at most some 16 MiB. */
export const startBytes = 16_384;
/** No byte of a deflated stream gives more. */
export const largestRatio = 1032;

export const looksLikeGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** The content of a gzip file; anything else is given back as it is. `sizeOf` reads a length off its beginning. */
export function unpackGzip(
  bytes: Uint8Array,
  file: string,
  compression: Compression,
  sizeOf: (start: Uint8Array) => number | 'text' | undefined = () => undefined,
): Uint8Array {
  if (!looksLikeGzip(bytes)) return bytes;
  const size = sizeOf(startOf(bytes, compression.gunzipStart));
  if (typeof size === 'number' && size > Math.min(largestUnpacked, largestRatio * bytes.length)) {
    const why =
      size > largestUnpacked ? `at most ${largestUnpacked} are read` : 'the file is too short for that';
    throw new DataError(
      `${file}: its header says that it unpacks to ${Number.isFinite(size) ? `${size} bytes` : 'more bytes than can be counted'}; ${why}`,
    );
  }
  const largest =
    size === 'text'
      ? Math.min(largestText, Math.max(shortText, largestTextRatio * bytes.length))
      : (size ?? largestUnpacked);
  try {
    return compression.gunzip(bytes, largest);
  } catch (error) {
    if (error instanceof TooLarge) {
      const said =
        typeof size === 'number'
          ? 'as its header says'
          : size === 'text'
            ? largest === largestText
              ? 'the most for a table'
              : `which its ${bytes.length} bytes are too few for; if the table is right, unpack it first`
            : 'the most';
      throw new DataError(`${file}: the gzip data unpacks to more than ${largest} bytes, ${said}`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${file}: the gzip data is damaged or cut off (${reason})`);
  }
}

/** Nothing where it is damaged: unpacking the whole will say so. */
export function startOf(packed: Uint8Array, unpack: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  try {
    return unpack(packed.subarray(0, startBytes));
  } catch {
    return new Uint8Array(0);
  }
}
