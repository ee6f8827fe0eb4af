/** What is printed stays within the terminal: tables and kernels, whatever is in them, and nothing of it is lost. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { alignedLines, fittedWidths, wrapped } from '../../src/terminal/text-table.ts';
import { codeLines } from '../../src/views/code-lines.ts';
import { model, nnc } from './command-line.ts';

const squeezed = (text: string): string => text.replace(/\s+/g, '');

describe('tables', () => {
  const cell = fc
    .array(fc.stringMatching(/^[a-z(),./_-]{1,14}$/), { maxLength: 12 })
    .map((words) => words.join(' '));
  const cells = fc
    .integer({ min: 1, max: 5 })
    .chain((columns) =>
      fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 6 }),
    );

  it('are as wide as asked, and hold all that is in their cells', () => {
    fc.assert(
      fc.property(cells, fc.integer({ min: 60, max: 120 }), fc.array(fc.boolean()), (rows, width, right) => {
        alignedLines(rows, right, width).forEach((lines, row) => {
          for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
          const letters = (text: string): string => [...squeezed(text)].sort().join('');
          expect(letters(lines.join(''))).toBe(letters(rows[row]!.join('')));
        });
      }),
    );
  });

  it('are left as they are where they fit', () => {
    expect(
      alignedLines(
        [
          ['a', 'bb'],
          ['ccc', 'd'],
        ],
        [true],
        8,
      ),
    ).toEqual([['  a  bb'], ['ccc  d']]);
    expect(fittedWidths([5, 30, 40], 100)).toEqual([5, 30, 40]);
    expect(fittedWidths([5, 60, 40], 79)).toEqual([5, 35, 35]);
  });

  it('break at commas and blanks, else behind marks between words', () => {
    expect(wrapped('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrapped('64 KiB, 12 KiB', 10)).toEqual(['64 KiB,', '12 KiB']);
    expect(wrapped('models/networks/a.nn', 12)).toEqual(['models/', 'networks/', 'a.nn']);
    expect(wrapped('aaaaaaaaaa', 4)).toEqual(['aaaa', 'aaaa', 'aa']);
  });
});

describe('kernels', () => {
  it('mean the same in shorter lines', () => {
    const part = fc.constantFrom('a', 'b[i + 1u]', 'f(x, y)', '((c + d) * e)', 'vec4f(0.0)', '-z');
    const line = fc
      .tuple(fc.constantFrom('', '  ', '      '), fc.array(part, { minLength: 1, maxLength: 40 }))
      .map(([indent, parts]) => `${indent}let q = ${parts.join(' + ')};`);
    fc.assert(
      fc.property(line, (text) => {
        const lines = codeLines(text, 60);
        for (const one of lines) expect(one.length).toBeLessThanOrEqual(60);
        expect(squeezed(lines.join(' '))).toBe(squeezed(text));
      }),
    );
  });

  it('have comments that go on as comments', () => {
    const lines = codeLines(`  // ${'word '.repeat(30)}`, 50);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {2}\/\/ {5}word/);
  });
});

test.each([
  [['trace', model('two_layer_sigmoid'), '--at', 'x=[0.05,0.1],t=[0.01,0.99]']],
  [['memory', model('mlp'), '--device', 'none']],
  [['compare', model('logistic_map'), '--at', 'x=0.2']],
  [['dump', model('mlp'), '--stage', 'wgsl']],
  [['gradcheck', model('two_layer_sigmoid'), '--device', 'cpu']],
  [['profile', model('char_lstm'), '--device', 'cpu', '--peak', '10,10', '--repeats', '2']],
  [['devices']],
  [['data']],
  [['check', model('networks/attention_translator')]],
  [['dump', model('xor'), '--stage', 'wat']],
])('%j prints no line of more than 100', async (args) => {
  const { out } = await nnc(...args);
  expect(out).not.toBe('');
  // A path has no blank to break at.
  const own = out.replaceAll(/\/\S*\/models\//g, 'models/');
  expect(own.split('\n').filter((line) => [...line].length > 100)).toEqual([]);
});

test('a word behind the file is met with the option that takes it', async () => {
  const explained = await nnc('explain', model('two_layer_sigmoid'), 'V');
  expect(explained.code).toBe(2);
  expect(explained.err).toContain('hint: V may be meant for an option, as in --wrt V\n');
  expect((await nnc('run', model('mlp'), 'x.png')).err).toContain('as in --data NAME=x.png\n');
  expect((await nnc('fmt', model('mlp'), '--check')).err).not.toContain('hint: ');
});
