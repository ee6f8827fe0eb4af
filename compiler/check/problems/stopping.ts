/** What can be wrong with how long a recipe trains, and with what it keeps, NN4xx: one function a message. */
import { type Diagnostic, error, label } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Output } from '../typed.ts';
import { didYouMean } from './suggest.ts';

const example = 'until accuracy > 0.95 and eval.loss < 0.1';

export const conditionUnreadable = (at: Span): Diagnostic =>
  error('NN432', 'expected a loss or a metric compared with a number', {
    primary: label(at, 'not such a comparison'),
    hint: example,
  });

export const reportedUnknown = (
  at: Span,
  path: string,
  known: readonly string[],
  other: Output | undefined,
): Diagnostic => {
  const found = other === undefined ? 'nothing' : other.role === 'output' ? 'an output' : 'many numbers';
  const paths = known.flatMap((name) => [name, `eval.${name}`]);
  return error('NN433', `expected a loss or a metric of one number, found ${found} called ${path}`, {
    primary: label(at, 'not what an epoch reports'),
    ...(other === undefined ? {} : { related: [label(other.at, 'declared here')] }),
    hint:
      didYouMean(path, paths) ??
      (known.length === 0
        ? 'metric mistakes = … in the model makes one'
        : `there are ${known.join(', ')}, and of held-out data ${known.map((name) => `eval.${name}`).join(', ')}`),
  });
};

export const severalNorms = (at: Span, objectives: number): Diagnostic =>
  error(
    'NN434',
    `global_norm is the norm of the gradients of one minimize; here are ${objectives || 'none'}`,
    {
      primary: label(at, objectives === 0 ? 'of which gradients?' : 'which one?'),
      hint: 'a metric says it: metric slope = norm(grad(loss, w))',
    },
  );

export const endMissing = (at: Span, text: string): Diagnostic =>
  error('NN435', `nothing ends the training where \`${text}\` does not`, {
    primary: label(at, 'may never come'),
    hint: 'say how long it lasts at most: epochs 1000',
  });

export const nothingToWait = (at: Span): Diagnostic =>
  error('NN436', 'patience waits for a loss, and the recipe has none', {
    primary: label(at, 'for what?'),
    hint: 'keep lowest eval.mistakes: what the best epoch is told by',
  });
