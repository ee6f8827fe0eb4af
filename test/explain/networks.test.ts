/** Networks as they are explained: every axis has a letter of its own, none is told from another by a number. */
import { describe, expect, test } from 'vitest';
import type { Formula } from '../../compiler/explain/explanation.ts';
import { explain } from '../../compiler/explain/index.ts';
import { partsOf } from '../../compiler/explain/rewrite.ts';
import { lineText } from '../../compiler/explain/text.ts';
import { variablesOf } from '../../compiler/index/query.ts';
import { lower } from '../../compiler/lower/index.ts';
import { bindings, networks, textOf } from '../networks/networks.ts';
import { programOf } from '../prelude/program.ts';

/** One of each family that is soon explained; the last one has layers in a recurrence of the model. */
const families = ['word2vec', 'vae', 'lstm_language_model', 'attention_translator', 'bert', 'neural_ode'];

/** All index variables that are read in it. */
const lettersIn = (formula: Formula): readonly string[] => [
  ...(formula.kind === 'index' ? variablesOf(formula.of) : []),
  ...(formula.kind === 'reduce' ? formula.indices.map(({ name }) => name) : []),
  ...partsOf(formula).flatMap(lettersIn),
];

describe.each(networks.filter(({ file }) => families.includes(file)))('$file', (network) => {
  test('axes have letters', { timeout: 120_000 }, () => {
    const program = programOf(textOf(network), { bindings: bindings(network.reduced), training: true });
    const targets = program.parameters.filter(({ kind }) => kind === 'param').map(({ path }) => path);
    const graph = lower(program, { kind: 'gradient', wrt: targets });
    // What the letters are does not depend on what is recognised, which takes numbers.
    const { steps } = explain({ model: network.file, graph, targets, mostWork: 0 });
    const lines = steps.flatMap(({ derived, final, through }) => [
      derived,
      final,
      ...through.map(({ equation }) => equation),
    ]);
    expect(lines.length).toBeGreaterThan(targets.length);
    const numbered = lines.filter(({ left, right }) =>
      [left, right].flatMap(lettersIn).some((letter) => /_\d/.test(letter)),
    );
    expect(numbered.map(lineText)).toEqual([]);
  });
});
