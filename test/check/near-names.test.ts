import { expect, test } from 'vitest';
import { nearNames } from '../../compiler/check/problems/suggest.ts';

test.each([
  ['accurracy', ['accuracy', 'loss'], ['accuracy']],
  ['Softmax', ['softmax', 'softplus'], ['softmax']],
  ['u', ['t', 'y'], []],
  ['X', ['x', 'y'], ['x']],
  ['logits', ['probs', 'loss'], []],
  ['w1', ['w2', 'w3', 'w4', 'w5'], ['w2', 'w3', 'w4']],
  ['form', ['from', 'fork', 'for'], ['for', 'fork', 'from']],
])('%s', (name, candidates, wanted) => expect(nearNames(name, candidates)).toEqual(wanted));
