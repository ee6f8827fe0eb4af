/** Texts as tensors of characters: pieces, codes, held-out texts, and what is refused. */
import { describe, expect, test } from 'vitest';
import { pieceLength } from '../../runtime/data/characters.ts';
import type { ColumnCodes } from '../../runtime/data/csv.ts';
import { readData } from '../../runtime/data/read.ts';
import { parseDataSpec } from '../../runtime/data/spec.ts';
import { nodeCompression } from '../../src/tensor-files.ts';

const read = (text: string | Uint8Array, specification: string, known?: ColumnCodes) => {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return readData(bytes, parseDataSpec(specification), nodeCompression, 'x', known);
};

describe('characters', () => {
  test('are counted in the order of Unicode, in pieces; what is left is left out', () => {
    const { tensor, codes, notes } = read('abcab\na😀', 'a.txt#3:characters');
    expect(tensor).toEqual({ dtype: 'i32', shape: [2, 3], data: Int32Array.of(1, 2, 3, 1, 2, 0) });
    expect([...codes![0]!.keys()]).toEqual(['\n', 'a', 'b', 'c', '😀']);
    expect(notes).toEqual([
      'a.txt: 5 characters are counted: "\\n" = 0, "a" = 1, "b" = 2, "c" = 3, "😀" = 4',
    ]);
  });

  test('look like a table and are none', () => {
    expect(read('1,2\n3,4\n', 't.csv#4:characters').tensor.shape).toEqual([2, 4]);
    expect(read('1,2\n3,4\n', 't.csv#0').tensor.shape).toEqual([2]);
  });

  test('rows are chosen as in other files', () => {
    const { tensor } = read('abcdef', 'a.txt#1:characters@!::2');
    expect([...tensor.data]).toEqual([1, 3, 5]);
  });

  test('of a held-out text have the codes of the training text', () => {
    const { codes } = read('badc', 'a.txt#1:characters');
    const held = read('dd', 'b.txt#1:characters', codes);
    expect([[...held.tensor.data], held.notes]).toEqual([[3, 3], []]);
    expect(() => read('a\nx', 'b.txt#1:characters', codes)).toThrow(
      'b.txt:1: the character "\\n" is none of the 4 of the training data',
    );
  });

  test.each([
    ['', 'a.txt#3:characters', 'a text of 0 characters has no piece of 3'],
    ['ab', 'a.txt#3:characters', 'a text of 2 characters has no piece of 3'],
    ['ab', 'a.txt#0:characters', 'a text of 2 characters has no piece of 0'],
    [Uint8Array.of(0xff, 0xfe), 'a.txt#1:characters', 'not a text: it is not UTF-8'],
  ])('%j as %s is refused', (text, specification, message) => {
    expect(() => read(text, specification)).toThrow(message);
  });

  test('only a whole number asks for them', () => {
    expect(['3:characters', '-3:characters', '3:labels', undefined].map(pieceLength)).toEqual([
      3,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
