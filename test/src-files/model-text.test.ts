/** The text that a checkpoint keeps of its model: what changes numbers, and nothing else. */
import { describe, expect, it } from 'vitest';
import { parse } from '../../grammar/index.ts';
import { modelText } from '../../src/model/model-text.ts';

const textOf = (text: string, used = '', names: readonly string[] = ['m']): string => {
  const [main, other] = [parse({ name: 'm.nn', text }), parse({ name: 'used.nn', text: used })];
  expect([...main.diagnostics, ...other.diagnostics]).toEqual([]);
  return modelText({ main: main.file, used: [other.file], diagnostics: [] }, names);
};

const model = (body: string): string => `model m { input x: f32[N]\n ${body}\n loss = sum(y) }`;

describe('the text of a model', () => {
  it('is a statement a line', () => {
    expect(textOf(model('// what\n y[i]   = 2*x[i]'))).toBe(
      'model m\ninput x: f32[N]\ny[i] = 2 * x[i]\nloss = sum(y)',
    );
  });

  it('has no metrics, assertions, roles and comments', () => {
    const plain = textOf(model('y = x'));
    for (const body of [
      'y = x // same',
      'output y = x',
      'y = x; metric e = sum(x)',
      'assert 1 > 0 : "never"\n y = x',
    ]) {
      expect(textOf(model(body))).toBe(plain);
    }
  });

  it('has the functions and layers that are used, from whatever file', () => {
    const used = 'fn g(x) = 2 * x derivative 3\nfn h(x) = x';
    const text = textOf(
      `fn f(x) = g(x)\n${model('y = f(x)')}\nmodel other { input x: f32\n output y = h(x) }`,
      used,
    );
    expect(text).toBe(
      'fn f(x)\nreturn g(x)\nmodel m\ninput x: f32[N]\ny = f(x)\nloss = sum(y)\nfn g(x)\nreturn 2 * x\nderivative 3',
    );
    expect(textOf(`fn f(x) = g(x)\n${model('y = f(x)')}`, used.replace('3', '2'))).not.toBe(text);
  });

  it('has the optimizer that the recipe names, and nothing of the recipe', () => {
    const own = 'optimizer plain(lr = 1) { w <- w - lr * g }\n';
    const recipe = '\ntrain m { minimize loss with plain(lr = 2)\n epochs 1 }';
    const text = textOf(own + model('y = x') + recipe, '', ['m', 'plain']);
    expect(text).toBe(`optimizer plain(lr = 1)\nw <- w - lr * g\n${textOf(model('y = x'))}`);
    expect(textOf(own + model('y = x'))).not.toContain('optimizer');
  });
});
