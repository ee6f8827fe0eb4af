/** Tensors and bytes for the tests of the readers. */

import fc from 'fast-check';
import { expect } from 'vitest';
import { bytesOf, factsOf, type HostTensor, type HostType, hostTypes } from '../../runtime/data/tensor.ts';
import { DataError } from '../../runtime/errors.ts';
import { elementCount } from '../../runtime/extents.ts';

export const allTypes = Object.keys(hostTypes) as HostType[];

/** Any tensor of the given types: random bits, NaN and infinity among them. */
export const anyTensor = (types: readonly HostType[]): fc.Arbitrary<HostTensor> =>
  fc
    .record({
      dtype: fc.constantFrom(...types),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    })
    .chain(({ dtype, shape }) => {
      const length = elementCount(shape) * factsOf(dtype).bytes;
      return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => {
        const own = dtype === 'bool' ? bytes.map((byte) => byte & 1) : bytes.slice();
        return { dtype, shape, data: new (factsOf(dtype).array)(own.buffer as ArrayBuffer) };
      });
    });

export const anyTensors = (types: readonly HostType[]): fc.Arbitrary<ReadonlyMap<string, HostTensor>> =>
  fc
    .dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.]{0,12}$/), anyTensor(types), { maxKeys: 5 })
    .map((record) => new Map(Object.entries(record)));

/** Equal in type, shape and every bit. */
export function expectSameTensor(found: HostTensor | undefined, wanted: HostTensor): void {
  expect(found?.dtype).toBe(wanted.dtype);
  expect(found?.shape).toEqual(wanted.shape);
  expect([...bytesOf(found!.data)]).toEqual([...bytesOf(wanted.data)]);
}

/** A damaged file is read or refused in words; anything else thrown is a bug. */
export function readsOrRefuses(read: () => unknown): 'read' | 'refused' {
  try {
    read();
    return 'read';
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    expect(error.message).not.toBe('');
    return 'refused';
  }
}

/** Every proper prefix must be refused. */
export function expectTruncationsRefused(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown): void {
  for (let length = 0; length < bytes.length; length++) {
    expect(`${length}: ${readsOrRefuses(() => read(bytes.slice(0, length)))}`).toBe(`${length}: refused`);
  }
}

/** Every single flipped bit, and random bursts, must be read or refused. */
export function expectDamageHandled(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown): void {
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    readsOrRefuses(() => read(damaged));
  }
  const place = fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.uint8Array({ maxLength: 12 }));
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), (changes) => {
      const damaged = bytes.slice();
      for (const [at, burst] of changes) damaged.set(burst.slice(0, bytes.length - at), at);
      readsOrRefuses(() => read(damaged));
    }),
  );
}

export const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
