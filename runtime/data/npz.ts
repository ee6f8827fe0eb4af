/** NumPy's npz format, a zip archive of npy files: bytes in, named tensors out, and back. */
import { DataError } from '../errors.ts';
import type { Compression } from './compression.ts';
import { readNpy, sizeOfNpy, writeNpy } from './npy.ts';
import type { HostTensor } from './tensor.ts';
import { readZip, writeZip } from './zip.ts';

export function readNpz(
  bytes: Uint8Array,
  file: string,
  compression: Compression,
): ReadonlyMap<string, HostTensor> {
  const tensors = new Map<string, HostTensor>();
  for (const [entry, content] of readZip(bytes, file, compression, sizeOfNpy)) {
    if (!entry.endsWith('.npy')) throw new DataError(`${file}: entry ${entry} is not an npy file`);
    tensors.set(entry.slice(0, -'.npy'.length), readNpy(content, `${file}, entry ${entry}`));
  }
  return tensors;
}

/** Stored like `numpy.savez`; packed like `numpy.savez_compressed` where `deflate` is given. Sorted by name. */
export function writeNpz(
  tensors: ReadonlyMap<string, HostTensor>,
  deflate?: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const names = [...tensors.keys()].sort();
  return writeZip(new Map(names.map((name) => [`${name}.npy`, writeNpy(tensors.get(name)!)])), deflate);
}
