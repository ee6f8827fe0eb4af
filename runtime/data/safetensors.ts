/**
 * Safetensors: bytes in, named tensors out, and back.
 *
 * The file is an 8-byte little-endian length, a JSON header of that length and the data. The header maps each
 * name to `{dtype, shape, data_offsets: [begin, end]}`; `__metadata__` maps strings to strings. The reader
 * takes nothing on trust: the parts must fill the data exactly, without holes or overlaps, and no name may come
 * twice, where `JSON.parse` would take the last one without a word.
 * Format: https://huggingface.co/docs/safetensors
 */

import { DataError } from '../errors.ts';
import { elementCount } from '../extents.ts';

import {
  bytesOf,
  checkedSize,
  elementsFrom,
  factsOf,
  type HostTensor,
  type HostType,
  hostTypes,
} from './tensor.ts';

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The reference implementation's own bound on the header. */
const largestHeader = 100_000_000;

const spelled: Readonly<Record<HostType, string>> = {
  f32: 'F32',
  f64: 'F64',
  f16: 'F16',
  bf16: 'BF16',
  i8: 'I8',
  u8: 'U8',
  i16: 'I16',
  u16: 'U16',
  i32: 'I32',
  u32: 'U32',
  i64: 'I64',
  u64: 'U64',
  bool: 'BOOL',
};
const hostTypeOf: ReadonlyMap<string, HostType> = new Map(
  (Object.keys(hostTypes) as HostType[]).map((dtype) => [spelled[dtype], dtype]),
);

interface Entry {
  readonly name: string;
  readonly dtype: HostType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The length of the file that begins so, as the offsets in its header say. */
export function sizeOfSafetensors(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8) return undefined;
  const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (start > bytes.length) return undefined;
  let end = 0;
  // What is wrong with the header is said when the whole is read.
  for (const [, last] of new TextDecoder()
    .decode(bytes.subarray(8, start))
    .matchAll(/"data_offsets"\s*:\s*\[\s*\d+\s*,\s*(\d+)/g)) {
    end = Math.max(end, Number(last));
  }
  return start + end;
}

/** Reads a whole file. `file` is what messages call it. */
export function readSafetensors(bytes: Uint8Array, file: string): TensorFile {
  const fail = (what: string): never => {
    throw new DataError(`${file}: not a readable safetensors file: ${what}`);
  };
  if (bytes.length < 8) return fail(`it has ${bytes.length} bytes, the length of the header alone takes 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stated = view.getBigUint64(0, true);
  if (bytes[0] === 0x7b && stated > BigInt(bytes.length)) return fail('it begins as JSON text does');
  if (stated > BigInt(Math.min(largestHeader, bytes.length - 8))) {
    return fail(`the header is said to take ${stated} bytes, the file has ${bytes.length}`);
  }
  const start = 8 + Number(stated);
  const header = parseHeader(bytes.subarray(8, start), fail);
  const entries: Entry[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = readMetadata(value, fail);
    else entries.push(readEntry(name, value, fail));
  }
  checkCover(entries, bytes.length - start, fail);
  const tensors = new Map<string, HostTensor>();
  for (const { name, dtype, shape, begin } of entries) {
    const data = elementsFrom(dtype, bytes, start + begin, elementCount(shape));
    if (dtype === 'bool' && (data as Uint8Array).some((byte) => byte > 1)) {
      fail(`tensor ${name} is BOOL and has bytes other than 0 and 1`);
    }
    tensors.set(name, { dtype, shape, data });
  }
  return { tensors, metadata };
}

type Fail = (what: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): Readonly<Record<string, unknown>> {
  if (bytes[0] !== 0x7b) return fail('the header does not begin with {');
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    return fail('the header is not JSON');
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) return fail(`the header has ${twice} twice`);
  return isRecord(header) ? header : fail('the header is not a JSON object');
}

/** The first key, in quotes, that an object of a well-formed JSON text has twice. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let last = '';
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '"': {
        const start = at;
        for (at += 1; json[at] !== '"'; at++) if (json[at] === '\\') at += 1;
        last = json.slice(start, at + 1);
        break;
      }
      case '{':
      case '[':
        open.push(new Set());
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':': {
        // The same name may be spelled with other escapes.
        const key = JSON.parse(last) as string;
        if (open.at(-1)!.has(key)) return last;
        open.at(-1)!.add(key);
      }
    }
  }
  return undefined;
}

function readMetadata(value: unknown, fail: Fail): ReadonlyMap<string, string> {
  if (!isRecord(value)) return fail('__metadata__ is not an object');
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return fail(`__metadata__ entry ${key} is not a string`);
    metadata.set(key, text);
  }
  return metadata;
}

function readEntry(name: string, value: unknown, fail: Fail): Entry {
  if (!isRecord(value)) return fail(`the entry of tensor ${name} is not an object`);
  const { dtype: stated, shape, data_offsets: offsets } = value;
  const dtype = typeof stated === 'string' ? hostTypeOf.get(stated) : undefined;
  if (dtype === undefined) {
    return fail(
      `tensor ${name} has the element type ${String(JSON.stringify(stated)).slice(0, 40)}, which nnc does not read`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) return fail(`tensor ${name} has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(`tensor ${name} has no valid data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const size = checkedSize(shape, factsOf(dtype).bytes);
  if (size === undefined || end - begin !== size) {
    return fail(
      `tensor ${name}: ${spelled[dtype]}[${shape.join(', ')}] does not take the bytes ${begin} to ${end}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The parts, in the order of their places, must cover the data from its first byte to its last. */
function checkCover(entries: readonly Entry[], length: number, fail: Fail): void {
  let at = 0;
  let before = 'the header';
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < at) fail(`the data of tensor ${name} overlaps ${before}`);
    if (begin > at) fail(`${begin - at} bytes before tensor ${name} belong to no tensor`);
    at = end;
    before = name;
  }
  if (at > length) fail(`the data has ${length} bytes, its tensors need ${at}: the file is cut off`);
  if (at < length) fail(`${length - at} bytes at the end belong to no tensor`);
}

/**
 * Writes a file: the same tensors give the same bytes. Ordered as the reference implementation does it, by
 * falling element size and then by name, so that every tensor is aligned; the header is padded to 8 bytes.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const ordered = [...tensors].sort(
    ([a, x], [b, y]) => factsOf(y.dtype).bytes - factsOf(x.dtype).bytes || byName(a, b),
  );
  const fields: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata].sort(([a], [b]) => byName(a, b));
    fields.push(
      `"__metadata__":{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`,
    );
  }
  let at = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    const entry = { dtype: spelled[dtype], shape, data_offsets: [at, at + data.byteLength] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    at += data.byteLength;
  }
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(text, 8);
  let offset = 8 + headerLength;
  for (const [, { data }] of ordered) {
    bytes.set(bytesOf(data), offset);
    offset += data.byteLength;
  }
  return bytes;
}
