/** What a reader who comes from elsewhere writes, and what is said to him: the one mistake, and what is written here. */
import { describe, expect, it } from 'vitest';
import { checkText, shortly } from './check-text.ts';

const said = (text: string): readonly string[] =>
  checkText(text).diagnostics.map(
    ({ code, message, hint }) => `${code} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  );
const model = (body: string): string =>
  `model m {\n  input x: f32[4, 4]\n  input v: f32[4]\n${body}\n  output all = x * v\n}\n`;

describe('what other languages write', () => {
  it.each([
    ['output c = x |> Conv3d(3)', 'NN201 nothing here is called Conv3d | Conv1d and Conv2d convolve'],
    ['output c = x |> MaxPool2d(2)', 'NN201 nothing here is called MaxPool2d | max_pool2d(x, 2)'],
    ['output c = x |> BatchNorm2d', 'NN201 nothing here is called BatchNorm2d | BatchNorm, LayerNorm'],
    ['output c = sum(x, axis = 1)', 'axes stand after over: sum(x, over -1)'],
    ['output c = mean(x, keepdims = true)', 'write keep = true'],
    ['output c = x[:, None]', 'NN201 nothing here is called None | x[:, 0] takes an axis off'],
    ['output c = np.exp(x)', 'NN201 nothing here is called np | functions stand alone'],
    ['output c = scan(x)', 'a recurrence is an equation that reads itself'],
    ['output c = x |> Linear(3)', 'NN201 nothing here is called Linear | Dense(units)'],
    ['output c = matmul(x, x)', 'NN201 nothing here is called matmul | a product of matrices is a sum'],
    ['output c = cat(x, x)', 'NN201 nothing here is called cat | write concat'],
    [
      'output c = x.T',
      'NN217 expected an instance of a layer before .T, found f32[4, 4] | write transpose(x)',
    ],
    [
      'output c = x.shape',
      'NN217 expected an instance of a layer before .shape, found f32[4, 4] | lengths are the dimensions',
    ],
    [
      'output c = x @ x',
      'NN102 expected a word, a number or an operator, found the character `@` | a product of matrices',
    ],
  ])('%s', (line, message) => {
    const found = said(model(`  ${line}`));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  it('a near name of the file comes first', () => {
    const text = `layer MaxPool2D() (x: f32[...]) = x * 2\n${model('  output c = x |> MaxPool2d')}`;
    expect(said(text)[0]).toContain('did you mean MaxPool2D?');
  });

  it.each([
    ['import torch', 'use "file.nn"'],
    ['class Net {\n}', '`model` or `layer`'],
  ])('%s outside', (line, hint) => {
    expect(said(`${line}\n`)[0]).toContain(hint);
  });

  it('a list', () => {
    expect(said(model('  output c = concat([x, x], over 0)'))[0]).toContain(
      'several values stand in parentheses or as arguments',
    );
  });

  it('a loop, with a body in braces too', () => {
    expect(said(model('  for i in x'))[0]).toContain('there are no loops');
    const block = said(model('  for i in range(3) {\n    y = x * 2\n  }'));
    expect(block).toHaveLength(1);
    expect(block[0]).toContain('there are no loops');
  });

  it('a result without a definition is one mistake, on its line', () => {
    const text = model('  y = x * 2\n  output y');
    expect(said(text)).toEqual([
      expect.stringContaining('what should be seen says so there: `output h = …`'),
    ]);
    const last = 'model m {\n  input x: f32[4]\n  y = x * 2\n  output y\n}\n';
    expect(shortly(checkText(last))).toEqual(['NN101 4:10 expected `=` or `<-`, found `}`']);
  });

  it.each([
    ['repeat i in 3 { y = x }', 'expected `{`, found `in` | write `repeat 3 { h = h |> Dense(8) }`'],
    ['repeat 3 times { y = x }', 'expected `{`, found `times` | write `repeat 3 {'],
    ['repeat { y = x }', 'expected an expression, found `{` | write `repeat 3 {'],
    ['scan t { y[t] = v[t] }', 'expected `:`, found `{` | write `scan t: T { … }`'],
    ['scan t in 4 { y[t] = v[t] }', 'expected `:`, found `in` | write `scan t: T { … }`'],
    ['scan t: 4, u: 4 { y[t] = v[t] }', 'expected `{`, found `,` | write `scan t: T { … }`'],
    ['s[0] = 1', 'expected the name of an index, found a position | an equation is of all positions'],
  ])('a head that reads like a loop: %s', (line, message) => {
    const found = said(model(`  ${line}`));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });
});

describe('one mistake, one message', () => {
  it('an index that hides a tensor says nothing of extents', () => {
    expect(
      said(model('  b = v * 2\n  output y[b, o] = x[b, o] + b[o]')).map((line) => line.slice(0, 5)),
    ).toEqual(['NN343']);
    expect(said(model('  b = v * 2\n  output y[b, o] = b[o] * 2')).map((line) => line.slice(0, 5))).toEqual([
      'NN343',
    ]);
  });

  it('the second of ( … else … ) counts only where the first is outside', () => {
    expect(said(model('  output y[k: 8] = (v[k] else x[0, k - 4])'))).toEqual([]);
    expect(said(model('  output y[k: 9] = (v[k] else x[0, k - 4])')).map((line) => line.slice(0, 5))).toEqual(
      ['NN312'],
    );
    expect(said(model('  output y[k: 8] = (v[k] else x[0, k - 5])')).map((line) => line.slice(0, 5))).toEqual(
      ['NN312'],
    );
  });

  it('an axis of one element more has a hint', () => {
    expect(said(model('  output c = mse(x[:, 0:1], v)'))[0]).toContain('z[b] = y[b, 0] takes it off');
    expect(said(model('  output c = mse(v, x[:, 0:1])'))[0]).toContain('z[b] = y[b, 0] takes it off');
    expect(said(model('  output c = mse(x[:, 0:2], v)'))[0]).not.toContain('takes it off');
  });

  it('a comparison under a reduction has a hint', () => {
    expect(said(model('  output y = any[i] v[i] > 2'))[0]).toContain('any[i] (x[i] > 0)');
  });

  it('the gradient of an element says so', () => {
    expect(
      said(model('  param w: f32[4] init zeros\n  output y[i] = sum[j: 4] grad(x[i, 0] * w[0], w)[j]'))[0],
    ).toContain('found an element of the equation around');
  });
});

describe('what the prelude does with the numbers that it is given', () => {
  const own = 'fn windows(x: f32[T]) -> f32[N] where N = (T - 3) / 2 + 1 { return y[i] = x[2*i] }\n';

  it('is no news: a warning there would name nothing that its reader can change', () => {
    expect(
      said('model m {\n  input x: f32[2, 1, 4]\n  output y = x |> Conv1d(1, 3, stride = 2)\n}\n'),
    ).toEqual([]);
  });

  it('but what the same line does in a file of ones own is', () => {
    const text = `${own}model m {\n  input x: f32[4]\n  output y = windows(x)\n}\n`;
    expect(said(text)).toEqual([expect.stringContaining('NN339 1 / 2 is 0')]);
  });

  it('and so is what it is given twice', () => {
    expect(said(model('  output c = soft_cross_entropy(softmax(x), x)'))[0]).toContain('NN357');
  });
});

describe('axes after over', () => {
  it.each([
    'grad(sum(v), v, over 0)',
    'reshape(x, 2, 8, over 0)',
    'rank(x, over 0) * v',
    'extent(x, 0, over 1) * v',
  ])('say nothing in %s', (call) => {
    expect(said(model(`  output y = ${call}`))).toEqual([
      expect.stringContaining('NN226 over says the axes of'),
    ]);
  });

  it.each([
    'concat(x, x, over 0)',
    'stack(x, x, over 0)',
    'flatten(x, over (0, 1))',
    'transpose(x, over (1, 0))',
  ])('are those of %s', (call) => {
    expect(said(model(`  output y = ${call}`))).toEqual([]);
  });
});

describe('a parameter that tells a length', () => {
  const fn = (body: string): string => `${body}\n${model('  output y = f(x, v)')}`;

  it('is used where the length is', () => {
    expect(said(fn('fn f(a: f32[...], like: f32[N]) = a * N'))).toEqual([]);
    expect(said(fn('fn f(a: f32[M, K], like: f32[N]) -> f32[N] = sum(a, over M)'))).toEqual([]);
  });

  it('is not where it is not', () => {
    expect(said(fn('fn f(a: f32[...], like: f32[N]) = a * 2'))).toEqual([
      'NN234 the parameter like is never used',
    ]);
    expect(said(fn('fn f(a: f32[M, N], like: f32[N]) = a * N'))).toEqual([
      'NN234 the parameter like is never used',
    ]);
  });
});

describe('what stands at another place', () => {
  it('a statement of the model in its recipe', () => {
    const text = 'model m {\n  input x: f32[B, 2]\n  loss = mean(x |> Dense(1))\n}\n';
    const [first] = said(`${text}train m {\n  freeze Dense_1\n  minimize loss with sgd(lr = 0.1)\n}\n`);
    expect(first).toContain('NN101 expected a clause or a setting of the recipe, found the keyword `freeze`');
    expect(first).toContain('`freeze` stands in the model');
  });

  it('one number where all arguments have one shape', () => {
    expect(said('model m {\n  input t: f32[B, 2]\n  loss = mse(1.0, t)\n}\n')).toEqual([
      expect.stringMatching(
        /^NN323 expected one number for t, as before it, found f32\[B = 32, 2\] \| all arguments/,
      ),
    ]);
  });

  it('a formula that is left open says nothing of its indices', () => {
    const text = 'model m {\n  input x: f32[5]\n  loss = sum(x * x)\n  output d[i] = 2 * ?\n}\n';
    expect(said(text)).toEqual([expect.stringContaining('NN126')]);
  });
});
