/** What each kind of body may hold, and what `<-` writes. */
import { describe, expect, it } from 'vitest';
import { checkText, shortly } from './check-text.ts';

const model = (body: string): string => `model m {\n${body}\n}\n`;

describe('a statement where it has no place', () => {
  it.each([
    ['fn f(x: f32[...]) {\n  param w: f32\n  return x * w\n}', 'NN220 2:3 param has no place in a function'],
    [
      'fn f(x: f32[...]) {\n  loss l = sum(x)\n  return x * l\n}',
      'NN220 2:3 loss has no place in a function',
    ],
    [
      'layer f() (x: f32[...]) {\n  metric l = sum(x)\n  return x * l\n}',
      'NN220 2:3 metric has no place in this layer',
    ],
  ])('is the one problem, and what it defines none: %s', (declaration, problem) => {
    const use = declaration.startsWith('layer') ? 'x |> f()' : 'f(x)';
    const text = `${declaration}\n${model(`  input x: f32[3]\n  output y = ${use}`)}`;
    expect(shortly(checkText(text))).toEqual([problem]);
  });

  it('hides nothing after it', () => {
    const text = model('  input x: f32[3]\n  return x\n  output y = x + z');
    expect(shortly(checkText(text))).toEqual([
      'NN220 3:3 return has no place in this model',
      'NN233 4:3 nothing after a return is computed',
      'NN201 4:18 nothing here is called z',
    ]);
  });
});

const trained = (body: string): string => `optimizer o(lr: float = 0.1) {
${body}
}
${model('  input x: f32[B]\n  param p: f32\n  loss = sum((x * p)**2)')}
train m { minimize loss with o() }
`;

describe('an update', () => {
  it('is of the state with that name, also where two have one value', () => {
    const text = trained('  state a = 0\n  state b = 0\n  a <- g\n  b <- a\n  b <- 2 * b\n  w <- w - lr * b');
    const { program, diagnostics } = checkText(text);
    expect(diagnostics).toEqual([]);
    const [objective] = program!.recipe!.parts[0]!.objectives;
    expect(objective!.updates.map(({ target }) => target.label.name)).toEqual(['o.a.p', 'o.b.p', 'p']);
    expect(objective!.updates[1]!.value).not.toBe(objective!.updates[0]!.value);
  });

  it('with indices has no place in an optimizer', () => {
    expect(shortly(checkText(trained('  state a = 0\n  a[i] <- g\n  w <- w - lr * a')))).toEqual([
      'NN220 3:3 expected w or a state of this optimizer before <-, found a',
    ]);
  });

  it('with a number that the type cannot hold does not fit', () => {
    const text = model('  input x: f32[3]\n  state n: u32 = 0\n  n <- -1\n  output y = x');
    expect(shortly(checkText(text, { training: true }))).toEqual([
      'NN330 4:3 expected u32 for n, found the number -1',
    ]);
  });
});
