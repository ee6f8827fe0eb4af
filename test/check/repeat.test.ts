/** `repeat`: what a pass keeps, what the next one gets, the paths of weights, and bounds. */
import { describe, expect, it } from 'vitest';
import type { TypedProgram } from '../../compiler/check/index.ts';
import { checkText, shortly } from './check-text.ts';

const model = (body: string): string => `model m {\n  input x: f32[3, 4]\n${body}\n}\n`;
const program = (text: string): TypedProgram => {
  const { program, diagnostics } = checkText(text);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return program!;
};
const paths = (text: string): readonly string[] => program(text).parameters.map(({ path }) => path);
const shapeOf = (text: string): readonly number[] =>
  program(text).outputs[0]!.tensor.dims.map(({ extent }) => extent);

describe('repeat', () => {
  it('makes a layer anew in each pass, and counts on from those before', () => {
    const text = model(
      '  h = x |> Dense(4, bias = false)\n  repeat 2 { h = h |> Dense(4, bias = false) }\n  output y = h',
    );
    expect(paths(text)).toEqual(['Dense_1.W', 'Dense_2.W', 'Dense_3.W']);
  });

  it('goes on after a pass that only warned, and says the warning once', () => {
    const { program: found, diagnostics } = checkText(
      model('  h = x\n  repeat 3 {\n    h = h + 1 / 2 |> Dense(4, bias = false)\n  }\n  output y = h'),
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(['NN339']);
    expect(found!.parameters.map(({ path }) => path)).toEqual(['Dense_1.W', 'Dense_2.W', 'Dense_3.W']);
  });

  it('numbers a named layer by its name, and repeats within each other go on counting', () => {
    const text = model(
      '  h = x\n  repeat 2 {\n    repeat 2 {\n      d = Dense(4, bias = false)\n      h = h |> d\n    }\n  }\n  output y = h + d_4.W',
    );
    expect(shortly(checkText(text)).filter((line) => !line.startsWith('NN301'))).toEqual([]);
    expect(paths(text.replace(' + d_4.W', ''))).toEqual(['d_1.W', 'd_2.W', 'd_3.W', 'd_4.W']);
  });

  it('shares the weights of a layer that is made outside', () => {
    expect(
      paths(model('  d = Dense(4, bias = false)\n  h = x\n  repeat 5 { h = h |> d }\n  output y = h')),
    ).toEqual(['d.W']);
  });

  it('is the same weights where the layer around is applied again', () => {
    const layer =
      'layer L(n: int) (x: f32[B, C]) -> f32[B, C] {\n  repeat n { x = x |> Dense(C, bias = false) }\n  return x\n}\n';
    expect(paths(`${layer}${model('  l = L(2)\n  output y = l(l(x))')}`)).toEqual([
      'l.Dense_1.W',
      'l.Dense_2.W',
    ]);
  });

  it('is the text written out', () => {
    const bodies = ['h = h * 2 + sum(h)', 'q[i, j] = h[i, j] - h[0, j]\n h = q * q', 'h = (h |> tanh) / 3'];
    for (const body of bodies) {
      const unrolled = [0, 1, 2]
        .map((pass) => body.replaceAll(/\bq\b/g, `q${pass}`).replace(/\bh( =)/, `h${pass + 1}$1`))
        .map((text, pass) => text.replaceAll(/\bh\b/g, `h${pass}`))
        .join('\n');
      const one = program(model(`h = x\nrepeat 3 { ${body} }\noutput y = h`));
      const other = program(model(`h0 = x\n${unrolled}\noutput y = h3`));
      const shapes = ({ tensors }: TypedProgram): readonly string[] =>
        tensors.map(
          ({ kind, dtype, dims }) => `${kind} ${dtype} ${dims.map(({ extent }) => extent).join(' ')}`,
        );
      expect(shapes(one)).toEqual(shapes(other));
    }
  });

  it('carries compile-time numbers and changing shapes', () => {
    const text = model(
      '  n = 4\n  h = x\n  repeat 2 {\n    n = n / 2\n    h = h |> Dense(n)\n  }\n  output y = h',
    );
    expect(shapeOf(text)).toEqual([3, 1]);
  });

  it('of 0 passes does nothing', () => {
    expect(paths(model('  h = x\n  repeat 0 { h = h |> Dense(7) }\n  output y = h'))).toEqual([]);
  });

  it('learns extents anew in each pass', () => {
    const text = model(
      '  h = x\n  repeat 2 { h = sum[i] (h |> Dense(2))[i, 0] * (h |> Dense(2))[i, 0] + h }\n  output y = h',
    );
    expect(paths(text)).toHaveLength(8);
  });

  it('draws other random numbers in each pass', () => {
    const { tensors } = program(model('  h = x\n  repeat 2 { h = h + normal[3, 4] }\n  output y = h'));
    const bodies = tensors.flatMap((tensor) => (tensor.kind === 'equation' ? [tensor.body] : []));
    const streams = bodies.map((body) =>
      [
        ...JSON.stringify(body, (key, value: unknown) =>
          key === 'value' && typeof value === 'object' ? undefined : value,
        ).matchAll(/"value":(\d+)/g),
      ]
        .map(([, n]) => n)
        .join(),
    );
    expect(new Set(streams).size).toBe(streams.length);
  });

  it.each([
    ['h = x\n  repeat 2 { h = h * 2; h = h + 1 }\n  output y = h', 'NN203 4:25 h is defined twice'],
    ['param w: f32[3, 4]\n  repeat 2 { w = x * 2 }\n  output y = w', 'NN203 4:14 w is defined twice'],
    ['output h = x\n  repeat 2 { h = x * 2 }', 'NN203 4:14 h is defined twice'],
    ['repeat 2 { h = x * 2 }\n  output y = h', 'NN237 4:14 h is known inside of its repeat only'],
    ['repeat 2 {\n    output h = x * 2\n  }', 'NN220 4:5 output has no place in repeat'],
    ['h = x\n  repeat -1 { h = h * 2 }\n  output y = h', 'NN235 4:10 repeat needs a whole number'],
    ['h = x\n  repeat x { h = h * 2 }\n  output y = h', 'NN235 4:10 repeat needs a whole number'],
    ['h = x\n  repeat 1000000000 { n = 1 }\n  output y = h', 'NN236'],
    ['h = x\n  repeat 30 { repeat 30 { repeat 30 { h = h } } }\n  output y = h', 'NN236'],
    ['h = x\n  repeat 3 { h = h + z }\n  output y = h', 'NN201 4:22 nothing here is called z'],
  ])('refuses %s', (body, problem) => {
    const errors = checkText(model(`  ${body}`)).diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors).toHaveLength(1);
    expect(shortly({ diagnostics: errors })[0]).toContain(problem);
  });
});
