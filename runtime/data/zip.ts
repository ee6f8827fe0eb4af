/**
 * Zip archives as NumPy writes them: bytes in, named entries out, and back.
 *
 * Stored and deflated entries, below 4 GiB, not encrypted. The central directory is the truth; entries may
 * not overlap (a known bomb), and every checksum is verified.
 * Format: PKWARE, ".ZIP File Format Specification" (APPNOTE.TXT).
 */
import { DataError } from '../errors.ts';
import { type Compression, largestRatio, largestUnpacked, startOf, TooLarge } from './compression.ts';
import { crc32 } from './crc32.ts';

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
const endLength = 22;
/** 1 January 1980, the first day of the format: a fixed date keeps files reproducible. */
const firstDay = 0x0021;
const utf8Names = 0x0800;

export const looksLikeZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5) && bytes[3] === bytes[2]! + 1;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly offset: number;
}

type Fail = (what: string) => never;

/** `sizeOf` reads a length off the beginning of an entry; one that says another than the directory is not unpacked. */
export function readZip(
  bytes: Uint8Array,
  file: string,
  compression: Compression,
  sizeOf: (start: Uint8Array) => number | undefined = () => undefined,
): ReadonlyMap<string, Uint8Array> {
  const fail: Fail = (what) => {
    throw new DataError(`${file}: not a readable zip archive: ${what}`);
  };
  const content = new Map<string, Uint8Array>();
  let free = 0;
  const entries = readDirectory(bytes, fail);
  const total = entries.reduce((sum, { unpacked }) => sum + unpacked, 0);
  if (total > largestUnpacked) fail(`it unpacks to ${total} bytes, at most ${largestUnpacked} are read`);
  for (const entry of [...entries].sort((a, b) => a.offset - b.offset)) {
    const { begin, end } = placeOfData(bytes, entry, fail);
    if (entry.offset < free) fail(`entry ${entry.name} overlaps another`);
    free = end;
    if (content.has(entry.name)) fail(`two entries are called ${entry.name}`);
    content.set(entry.name, unpack(bytes.subarray(begin, end), entry, compression, sizeOf, fail));
  }
  return content;
}

function readDirectory(bytes: Uint8Array, fail: Fail): readonly Entry[] {
  const view = viewOf(bytes);
  let end = bytes.length - endLength;
  const first = Math.max(0, end - 0xffff);
  while (end >= first && view.getUint32(end, true) !== endSignature) end -= 1;
  if (end < first) return fail('it has no directory at its end: the file is cut off');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) return fail('it is larger than 4 GiB (zip64)');
  const entries: Entry[] = [];
  for (let k = 0; k < count; k++) {
    if (at + 46 > end || view.getUint32(at, true) !== centralSignature)
      return fail('its directory is damaged');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    );
    const next = at + 46 + nameLength! + extraLength! + commentLength!;
    if (next > end) return fail('its directory is damaged');
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength!));
    if (view.getUint16(at + 8, true) & 1) return fail(`entry ${name} is encrypted`);
    entries.push({
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      unpacked: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at = next;
  }
  return entries;
}

function placeOfData(
  bytes: Uint8Array,
  entry: Entry,
  fail: Fail,
): { readonly begin: number; readonly end: number } {
  const { offset, packed, name } = entry;
  const view = viewOf(bytes);
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== localSignature) {
    return fail(`entry ${name} is not where the directory says`);
  }
  const begin = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const end = begin + packed;
  return end > bytes.length ? fail(`entry ${name} ends behind the file`) : { begin, end };
}

function unpack(
  packed: Uint8Array,
  entry: Entry,
  compression: Compression,
  sizeOf: (start: Uint8Array) => number | undefined,
  fail: Fail,
): Uint8Array {
  const { name, method, unpacked, crc } = entry;
  if (method !== 0 && method !== 8) return fail(`entry ${name} uses compression method ${method}`);
  let content = packed;
  if (method === 8) {
    if (unpacked > largestRatio * packed.length) {
      return fail(`entry ${name} is said to unpack to ${unpacked} bytes, which ${packed.length} cannot hold`);
    }
    const size = sizeOf(startOf(packed, compression.inflateRawStart));
    if (size !== undefined && size !== unpacked) {
      return fail(`entry ${name} says that it has ${size} bytes, the directory ${unpacked}`);
    }
    try {
      content = compression.inflateRaw(packed, unpacked);
    } catch (error) {
      if (error instanceof TooLarge)
        return fail(`entry ${name} has more than the ${unpacked} bytes that the directory says`);
      return fail(`the compressed data of ${name} is damaged`);
    }
  }
  if (content.length !== unpacked) return fail(`entry ${name} has ${content.length} bytes, not ${unpacked}`);
  return crc32(content) === crc
    ? content
    : fail(`the checksum of ${name} does not match: the file is damaged`);
}

/** An archive; `deflate` packs the entries, without it they are stored. The same entries give the same bytes. */
export function writeZip(
  entries: ReadonlyMap<string, Uint8Array>,
  deflate?: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, content] of entries) {
    const encoded = new TextEncoder().encode(name);
    const packed = deflate === undefined ? content : deflate(content);
    const fields = new DataView(new ArrayBuffer(26));
    fields.setUint16(0, 20, true);
    fields.setUint16(2, utf8Names, true);
    fields.setUint16(4, deflate === undefined ? 0 : 8, true);
    fields.setUint16(8, firstDay, true);
    fields.setUint32(10, crc32(content), true);
    fields.setUint32(14, packed.length, true);
    fields.setUint32(18, content.length, true);
    fields.setUint16(22, encoded.length, true);
    const common = new Uint8Array(fields.buffer);
    parts.push(words(localSignature), common, encoded, packed);
    const tail = new Uint8Array(14);
    viewOf(tail).setUint32(10, offset, true);
    directory.push(words(centralSignature), Uint8Array.of(20, 0), common, tail, encoded);
    offset += 30 + encoded.length + packed.length;
  }
  const directoryLength = directory.reduce((sum, part) => sum + part.length, 0);
  if (offset + directoryLength > 0xffffffff || entries.size >= 0xffff) {
    throw new DataError('an npz file ends at 4 GiB; use .safetensors');
  }
  const end = new DataView(new ArrayBuffer(endLength));
  end.setUint32(0, endSignature, true);
  end.setUint16(8, entries.size, true);
  end.setUint16(10, entries.size, true);
  end.setUint32(12, directoryLength, true);
  end.setUint32(16, offset, true);
  return concatenate([...parts, ...directory, new Uint8Array(end.buffer)]);
}

function words(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
