/** The project's texts with words and parts exchanged: messages or a program, never an exception, never `undefined` in words. */
import { describe, expect, it } from 'vitest';
import { check } from '../../compiler/check/index.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { lower } from '../../compiler/lower/index.ts';
import { compile } from '../../compiler/pipeline.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/index.ts';
import { preludeFiles } from '../../src/prelude.ts';
import { expectWords } from '../support/words.ts';
import { changedText, texts } from './texts.ts';

/** `NNC_FUZZ_RUNS=50000 FUZZ_SEED=7 npx vitest run test/fuzz/files.test.ts` looks further. */
const runs = Number(process.env.NNC_FUZZ_RUNS ?? 1500);
const first = 1_000_000 * Number(process.env.FUZZ_SEED ?? 1);

/** Larger graphs are compiled elsewhere. */
const mostNodes = 150;

function expectMessagesOrProgram(text: string, training: boolean): 'wrong' | 'compiled' {
  const { file, diagnostics } = parse({ name: 'test.nn', text });
  const input = { main: file, files: [], prelude: preludeFiles(), broken: hasErrors(diagnostics) };
  const { program, diagnostics: more } = check(input, { training, bindings: new Map(), unbound: 4 });
  const all = [...diagnostics, ...more];
  for (const { message, hint = '', primary, related } of all) {
    for (const said of [message, hint, ...[primary, ...related].map((label) => label.text)]) {
      expectWords(said, text);
    }
  }
  if (program === undefined || hasErrors(all)) {
    expect(hasErrors(all)).toBe(true);
    return 'wrong';
  }
  for (const kind of ['run', 'train', 'init'] as const) {
    const graph = lower(program, { kind });
    expect(verify(graph)).toEqual([]);
    if (kind !== 'init' && graph.nodes.length <= mostNodes) compile(graph, defaultTargets.software);
  }
  return 'compiled';
}

describe('a changed file', () => {
  it('has messages or a program', { timeout: 600_000 }, () => {
    let compiled = 0;
    for (let seed = first; seed < first + runs; seed++) {
      const text = changedText(seed);
      try {
        if (expectMessagesOrProgram(text, seed % 2 === 0) === 'compiled') compiled += 1;
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : ''}\n${text}`, {
          cause: error,
        });
      }
    }
    // Else the changes are too rough to come to the later stages.
    expect(compiled).toBeGreaterThan(runs / 30);
  });

  it('is made of files that are right and of files that are wrong', () => {
    expect(texts.length).toBeGreaterThan(150);
    const broken = texts.filter((text) => hasErrors(parse({ name: '', text }).diagnostics));
    expect(broken.length).toBeLessThan(texts.length / 3);
  });
});
