import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldRepeats } from '../../src/views/fold.ts';

const layers = (count: number, extent = (_: number): number => 8): string =>
  Array.from(
    { length: count },
    (_, k) => `  %h${k + 1}[o: ${extent(k)}]: f32 = maximum(%s${k}[o], 0.0)  @ net.nn:${k + 3}:7`,
  ).join('\n');

test('of lines that repeat the first is shown, and how far they go', () => {
  expect(foldRepeats(`graph net {\n${layers(50)}\n}\n`)).toBe(
    [
      'graph net {',
      '  %h1[o: 8]: f32 = maximum(%s0[o], 0.0)  @ net.nn:3:7',
      '  … 49 more like this, to %h50',
      '}',
      '',
    ].join('\n'),
  );
});

test('another extent is another layer', () => {
  const text = layers(6, (k) => (k < 3 ? 8 : 16));
  expect(foldRepeats(text)).toBe(text);
});

test('parts of several lines fold as a whole', () => {
  const part = (k: number): string => `param %L_${k}.W\n%L_${k}.y = %L_${k}.W + 1.0`;
  const text = Array.from({ length: 7 }, (_, k) => part(k + 1)).join('\n');
  expect(foldRepeats(text)).toBe(`${part(1)}\n… 6 more like this, to %L_7.W`);
});

test('a value that each pass of a repeat gives anew is the first one, then has numbers', () => {
  const pass = (k: number): string =>
    `%B_${k}.y = %${k === 1 ? 'x' : k === 2 ? 'h' : `h_${k - 1}`} + 1.0\n%h${k === 1 ? '' : `_${k}`} = %B_${k}.y`;
  const text = Array.from({ length: 9 }, (_, k) => pass(k + 1)).join('\n');
  expect(foldRepeats(text)).toBe(`${pass(1)}\n${pass(2)}\n… 7 more like this, to %B_9.y`);
});

test('text without repeats stays as it is', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]+$/)), (lines) => {
      expect(foldRepeats(lines.join('\n'))).toBe(lines.join('\n'));
    }),
  );
});
