/** A model's text and a table in, trained weights and held-out figures out: the recipe, in f64, without a device. */
import type { Tensor64 } from '../../compiler/reference/evaluate.ts';
import { draws, evaluateWith, graphOf, scalar64, tensor64 } from '../prelude/harness.ts';
import { programOf } from '../prelude/program.ts';

/** A row an example; `t` has one column. */
export interface Columns {
  readonly x: readonly (readonly number[])[];
  readonly t: readonly (readonly number[])[];
}

export interface Trained {
  readonly weights: ReadonlyMap<string, Tensor64>;
  readonly loss: number;
  readonly accuracy: number | undefined;
}

/** An order of 0 … count - 1. */
const orderOf = (count: number, seed: number): readonly number[] => {
  const keys = draws(seed, count);
  return keys.map((_, k) => k).sort((a, b) => keys[a]! - keys[b]!);
};

export const shuffled = (data: Columns, seed: number): Columns => {
  const order = orderOf(data.x.length, seed);
  return { x: order.map((k) => data.x[k]!), t: order.map((k) => data.t[k]!) };
};

const feedsOf = (data: Columns): Readonly<Record<string, Tensor64>> => ({
  x: tensor64([data.x.length, data.x[0]!.length], data.x.flat()),
  t: tensor64([data.t.length], data.t.flat()),
});

export function trainModel(text: string, training: Columns, held: Columns, epochs: number): Trained {
  const recipe = programOf(text, { training: true }).recipe!;
  const { batch } = recipe;
  if (typeof batch !== 'number') throw new Error('the recipe has no batch size');
  const bindings = new Map([['B', batch]]);
  const step = graphOf(text, 'train', { training: true, bindings });
  const initial = graphOf(text, 'init', { training: true, bindings });
  let kept: ReadonlyMap<string, Tensor64> = evaluateWith(initial, { key: scalar64(7) }).results;
  let count = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const data = shuffled(training, epoch);
    for (let at = 0; at + batch <= data.x.length; at += batch) {
      count++;
      const part = { x: data.x.slice(at, at + batch), t: data.t.slice(at, at + batch) };
      const feeds = { ...Object.fromEntries(kept), ...feedsOf(part), step: scalar64(count) };
      kept = new Map([...kept, ...evaluateWith(step, feeds).updates]);
    }
  }
  const evaluation = graphOf(text, 'run', { bindings: new Map([['B', held.x.length]]) });
  const { results } = evaluateWith(evaluation, { ...Object.fromEntries(kept), ...feedsOf(held) });
  return {
    weights: kept,
    loss: results.get('loss')!.data[0]!,
    accuracy: results.get('accuracy')?.data[0],
  };
}
