import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../../runtime/data/npy.ts';
import { parseNpyHeader } from '../../runtime/data/npy-header.ts';
import { readNpz, writeNpz } from '../../runtime/data/npz.ts';
import { hostTensor } from '../../runtime/data/tensor.ts';
import { readZip, writeZip } from '../../runtime/data/zip.ts';
import { nodeCompression } from '../../src/data/tensor-files.ts';
import {
  allTypes,
  anyTensor,
  anyTensors,
  expectDamageHandled,
  expectSameTensor,
  expectTruncationsRefused,
  fromBase64,
} from './samples.ts';

const numpyTypes = allTypes.filter((dtype) => dtype !== 'bf16');
const npy = (bytes: Uint8Array) => readNpy(bytes, 'a.npy');
const npz = (bytes: Uint8Array) => readNpz(bytes, 'a.npz', nodeCompression);

/** Written by NumPy 2.4 with `numpy.lib.format.write_array`. */
const samples = {
  fortran:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAABAQAAAgD8AAIBAAAAAQAAAoEA=',
  bigEndian:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPmY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/4AAAAAAAAMAAAAAAAAAAQAgAAAAAAAA=',
  version2:
    'k05VTVBZAgB0AAAAeydkZXNjcic6ICc8aTInLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAEAAgADAA==',
  version3:
    'k05VTVBZAwB0AAAAeydkZXNjcic6ICd8YjEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAE=',
  scalar:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr5/////////w==',
  empty:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPHUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=',
  objects:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJUu',
  records:
    'k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxmNCcpXSwgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAA==',
  /** `numpy.savez(x=arange(3, f4), t=[1, 2] as i4)`. */
  savez:
    'UEsDBC0AAAAAAAAAIQC2jIZT//////////8FABQAeC5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAgD8AAABAUEsDBC0AAAAAAAAAIQAL+aot//////////8FABQAdC5ucHkBABAAiAAAAAAAAACIAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxpNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAQAAAAIAAABQSwECLQMtAAAAAAAAACEAtoyGU4wAAACMAAAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECLQMtAAAAAAAAACEAC/mqLYgAAACIAAAABQAAAAAAAAAAAAAAgAHDAAAAdC5ucHlQSwUGAAAAAAIAAgBmAAAAggEAAAAA',
  /** `numpy.savez_compressed(x=zeros(40, f4), t=[1, 2] as i4)`. */
  savezCompressed:
    'UEsDBC0AAAAIAAAAIQAOSJ/H//////////8FABQAeC5ucHkBABAAIAEAAAAAAABIAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GiYGOpo6CrUK5AMuhkEOAFBLAwQtAAAACAAAACEAC/mqLf//////////BQAUAHQubnB5AQAQAIgAAAAAAAAASwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mirqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuRgYGBiYgBgBQSwECLQMtAAAACAAAACEADkifx0gAAAAgAQAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECLQMtAAAACAAAACEAC/mqLUsAAACIAAAABQAAAAAAAAAAAAAAgAF/AAAAdC5ucHlQSwUGAAAAAAIAAgBmAAAAAQEAAAAA',
};

describe('npy', () => {
  test('what is written is read back, bit for bit', () => {
    fc.assert(
      fc.property(anyTensor(numpyTypes), (tensor) => expectSameTensor(npy(writeNpy(tensor)), tensor)),
    );
  });

  test('column-major elements come out row-major', () => {
    expectSameTensor(
      npy(fromBase64(samples.fortran)),
      hostTensor('f32', [2, 3], Float32Array.of(0, 1, 2, 3, 4, 5)),
    );
  });

  test('big-endian elements are turned round', () => {
    expectSameTensor(npy(fromBase64(samples.bigEndian)), hostTensor('f64', [3], Float64Array.of(0.5, -2, 3)));
  });

  test('versions 2 and 3, a scalar, an empty array', () => {
    expectSameTensor(npy(fromBase64(samples.version2)), hostTensor('i16', [2, 2], Int16Array.of(0, 1, 2, 3)));
    expectSameTensor(npy(fromBase64(samples.version3)), hostTensor('bool', [3], Uint8Array.of(1, 0, 1)));
    expectSameTensor(npy(fromBase64(samples.scalar)), hostTensor('i64', [], BigInt64Array.of(-7n)));
    expectSameTensor(npy(fromBase64(samples.empty)), hostTensor('u16', [0, 3], new Uint16Array(0)));
  });

  test('objects and records are refused, and why', () => {
    expect(() => npy(fromBase64(samples.objects))).toThrow('its elements are Python objects');
    expect(() => npy(fromBase64(samples.records))).toThrow('its elements are records');
  });

  test('a file cut off anywhere is refused', () =>
    expectTruncationsRefused(fromBase64(samples.fortran), npy));

  test('a damaged file is read or refused', () => expectDamageHandled(fromBase64(samples.fortran), npy));

  test('bfloat16 has no npy form', () => {
    expect(() => writeNpy(hostTensor('bf16', [1], Uint16Array.of(1)))).toThrow('npy files cannot hold bf16');
  });

  test.each([
    [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
      { descr: '<f4', fortranOrder: false, shape: [2, 3] },
    ],
    [
      "{'shape': (3L,), 'fortran_order': True, 'descr': \"|b1\"}",
      { descr: '|b1', fortranOrder: true, shape: [3] },
    ],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': __import__('os')}", 'text, truth values and numbers'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}", 'not a well-formed dictionary'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 'text, truth values and numbers'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': ((1,),)}", 'not a well-formed dictionary'],
    ["{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': ()}", 'says descr twice'],
    ["{'descr': '<f4', 'fortran_order': 0, 'shape': ()}", 'no fortran_order'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}", 'other fields'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': ()} + 1", 'text, truth values and numbers'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': ()", 'not a well-formed dictionary'],
    [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
      'text, truth values and numbers',
    ],
  ])('header %s', (text, wanted) => {
    const header = parseNpyHeader(text);
    if (typeof wanted === 'string') expect(header).toContain(wanted);
    else expect(header).toEqual(wanted);
  });
});

describe('npz', () => {
  test.each([undefined, nodeCompression.deflateRaw])(
    'what is written is read back (deflate: %s)',
    (deflate) => {
      fc.assert(
        fc.property(anyTensors(numpyTypes), (tensors) => {
          const found = npz(writeNpz(tensors, deflate));
          expect([...found.keys()]).toEqual([...tensors.keys()].sort());
          for (const [name, tensor] of tensors) expectSameTensor(found.get(name), tensor);
        }),
      );
    },
  );

  test('files of NumPy, stored and compressed', () => {
    const stored = npz(fromBase64(samples.savez));
    expectSameTensor(stored.get('x'), hostTensor('f32', [3], Float32Array.of(0, 1, 2)));
    expectSameTensor(stored.get('t'), hostTensor('i32', [2], Int32Array.of(1, 2)));
    const packed = npz(fromBase64(samples.savezCompressed));
    expectSameTensor(packed.get('x'), hostTensor('f32', [40], new Float32Array(40)));
    expectSameTensor(packed.get('t'), hostTensor('i32', [2], Int32Array.of(1, 2)));
  });

  test.each(['savez', 'savezCompressed'] as const)('%s cut off or damaged is read or refused', (name) => {
    const bytes = fromBase64(samples[name]);
    expectTruncationsRefused(bytes, npz);
    expectDamageHandled(bytes, npz);
  });

  test('a changed element is seen by its checksum', () => {
    const bytes = fromBase64(samples.savez);
    bytes[170]! ^= 1;
    expect(() => npz(bytes)).toThrow('the checksum of x.npy does not match');
  });

  test('entries that share bytes are refused', () => {
    const content = new Uint8Array(50);
    const bytes = writeZip(
      new Map([
        ['a.npy', content],
        ['b.npy', content],
      ]),
    );
    const view = new DataView(bytes.buffer);
    const second = bytes.length - 22 - (46 + 5);
    view.setUint32(second + 42, 0, true);
    expect(() => npz(bytes)).toThrow('overlaps another');
  });

  test('an entry that unpacks to more than it says is stopped', () => {
    const bomb = writeZip(new Map([['a.npy', new Uint8Array(1_000_000)]]), (content) =>
      deflateRawSync(content),
    );
    const view = new DataView(bomb.buffer);
    const directory = bomb.length - 22 - (46 + 5);
    view.setUint32(directory + 24, 100, true);
    expect(() => npz(bomb)).toThrow('entry a.npy has more than the 100 bytes that the directory says');
  });

  test('an entry that is no array is refused', () => {
    expect(() => npz(writeZip(new Map([['notes.txt', new Uint8Array(3)]])))).toThrow(
      'entry notes.txt is not an npy file',
    );
  });

  test('an archive without entries has none', () => {
    expect(readZip(writeZip(new Map()), 'a.zip', nodeCompression).size).toBe(0);
  });
});
