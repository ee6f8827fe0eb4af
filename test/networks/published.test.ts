/** Networks at published size: so many trained numbers as are published, and programs that a desktop adapter takes. */
import { describe, expect, test } from 'vitest';
import { lower } from '../../compiler/lower/index.ts';
import { compile } from '../../compiler/pipeline.ts';
import { presetTarget } from '../../compiler/target.ts';
import { format } from '../../grammar/format.ts';
import { programOf } from '../prelude/program.ts';
import { bindings, nameOf, networks, textOf } from './networks.ts';

describe.each(networks.map((network) => [nameOf(network), network] as const))('%s', (_, network) => {
  const text = textOf(network);
  const { model, count, full } = network;
  const program = programOf(text, {
    training: true,
    bindings: bindings(full),
    ...(model !== undefined && { model }),
  });

  test('has the published number of trained numbers, and its file says so', () => {
    const trained = program.parameters.filter(({ kind }) => kind === 'param');
    expect(trained.reduce((sum, parameter) => sum + parameter.count, 0)).toBe(count);
    expect(text.replaceAll('\n// ', ' ')).toMatch(/trained numbers/);
  });

  test('is formatted, and begins with what it is and where it is from', () => {
    expect(format({ name: network.file, text })).toEqual({ text });
    expect(text).toMatch(/^\/\/ .+\n(\/\/ .*\n)*\/\/ .*\b(19|20)\d\d\b/);
  });

  test.each(['hardware', 'software'] as const)(
    'compiles for %s, each clause',
    { timeout: 120_000 },
    (kind) => {
      for (const part of program.recipe!.parts.keys()) {
        const lowered = lower(program, { kind: 'train', part });
        const compiled = compile(lowered, presetTarget(kind, 'desktop', { memory: 2 ** 40 }));
        expect(compiled.program.steps.length).toBeGreaterThan(0);
      }
    },
  );
});
