/** A network in; the weights that its training starts from, of which none overflows many layers, out. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { lower } from '../../compiler/lower/index.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import type { Feeds } from '../support/execute.ts';
import { drawn } from '../support/whole-models.ts';

export function firstWeights(program: TypedProgram): Feeds {
  const lowered = lower(program, { kind: 'init' });
  const { results } = evaluateGraph(lowered, drawn(lowered));
  return new Map(program.parameters.map(({ path }) => [path, results.get(path)!]));
}
