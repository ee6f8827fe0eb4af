/** The verifier's rule for index arithmetic: within 32 bits wherever it counts. */
import { expect, test } from 'vitest';
import { verify } from '../../compiler/ir/verify.ts';
import { graphOf } from '../support/graphs.ts';

const equation = (body: string): string => `input %x[i: 5]: f32
  %y[i: 5]: f32 = ${body}`;

test.each([
  'to_f32(i * 1073741824)',
  'if i * 2147483647 < 5 then 1.0 else 0.0',
  'to_f32((i * 1073741824) div 1073741825)',
])('%s leaves 32 bits', (body) => {
  expect(verify(graphOf(equation(body)))).toEqual([expect.stringContaining('leaves 32 bits')]);
});

test.each([
  'to_f32(i * 536870911)',
  'if i < 2 then to_f32(i * 2147483647) else 0.0',
  'if i < 2 then %x[(i * 2147483647) mod 5] else 0.0',
])('%s does not', (body) => {
  expect(verify(graphOf(equation(body)))).toEqual([]);
});
