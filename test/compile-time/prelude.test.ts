/** A program costs what it names: declarations of the prelude that it does not name are not even parsed. */
import { expect, test } from 'vitest';
import { check } from '../../compiler/check/index.ts';
import { parse } from '../../grammar/index.ts';
import { libraryOf } from '../../src/model/prelude.ts';
import { preludeSources } from '../../src/model/prelude-sources.ts';
import { countOperations } from '../support/operations.ts';

const { file } = parse({
  name: 'net.nn',
  text: `model net {
  input x: f32[B, 8]
  target t: i32[B]
  loss = cross_entropy(x |> Dense(16) |> gelu |> Dense(4), t)
}
train net { minimize loss with adam(lr = 1e-3)  batch 8  epochs 1 }`,
});

const others = (count: number): string =>
  Array.from(
    { length: count },
    (_, k) => `/// Another one.\nfn other_${k}(x: f32[..., C]) = x + ${k}\n`,
  ).join('\n');

function operationsWith(count: number): number {
  const library = libraryOf([...preludeSources(), { name: 'prelude/others.nn', text: others(count) }]);
  return countOperations(() => {
    const { program } = check(
      { main: file, files: [], prelude: library },
      { bindings: new Map(), training: true },
    );
    expect(program?.recipe).toBeDefined();
  });
}

test('a prelude ten times as long takes as many operations', () => {
  // What is made once a process is made now.
  operationsWith(1);
  expect(operationsWith(2000)).toBe(operationsWith(1));
});
