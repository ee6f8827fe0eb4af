/** Layers and functions that are given to others: whose their weights are, how they nest, and what never ends. */
import { describe, expect, it } from 'vitest';
import { evaluateWith, graphOf, tensor64 } from '../prelude/harness.ts';
import { checkText, shortly } from './check-text.ts';

const layers = `
layer Residual(f) (x: f32[...]) -> f32[...] {
  return x + f(x)
}
layer Sequence(f: layer, g: layer, between: fn = same) (x) {
  return x |> f |> between |> g
}
layer Scale(by = 2.0) (x: f32[...]) -> f32[...] {
  param w: f32 init constant(by)
  return w * x
}
fn same(x) = x
fn inverse(x) = 1 / x
`;
const model = (body: string, more = ''): string =>
  `${layers}${more}model m {\n  input x: f32[1, 4]\n${body}\n}\n`;

const paths = (text: string): readonly string[] => {
  const { diagnostics, program } = checkText(text);
  expect(diagnostics).toEqual([]);
  return program!.parameters.map(({ path }) => path);
};

function result(text: string): readonly number[] {
  const graph = graphOf(text, 'run');
  const weights = Object.fromEntries(
    graph.nodes.flatMap((node) => (node.kind === 'param' ? [[node.name, tensor64([], [3])] as const] : [])),
  );
  const x = tensor64([1, 4], [1, 2, 3, 4]);
  return [...evaluateWith(graph, { x, ...weights }).results.get('y')!.data];
}

describe('layers as arguments', () => {
  it('have their weights where they are written', () => {
    expect(paths(model('  output y = x |> Residual(Sequence(Dense(8), Dense(4)))'))).toEqual([
      'Dense_1.W',
      'Dense_1.b',
      'Dense_2.W',
      'Dense_2.b',
    ]);
    expect(paths(model('  d = Dense(4)\n  output y = x |> Residual(d) |> Residual(d)'))).toEqual([
      'd.W',
      'd.b',
    ]);
    const own = 'layer Block() (x) {\n  return x |> Residual(Dense(4))\n}\n';
    expect(paths(model('  output y = x |> Block', own))).toEqual(['Block_1.Dense_1.W', 'Block_1.Dense_1.b']);
  });

  it('are other ones in each pass of a repeat', () => {
    const text = model('  h = x\n  repeat 2 {\n    h = h |> Residual(Dense(4))\n  }\n  output y = h');
    expect(paths(text)).toEqual(['Dense_1.W', 'Dense_1.b', 'Dense_2.W', 'Dense_2.b']);
  });

  it('may be made of the layer that takes them', () => {
    // 3*3*3*x, then x + 3*x in a residual of a residual: x + (x + 3*x).
    expect(result(model('  output y = x |> Sequence(Sequence(Scale, Scale), Scale)'))).toEqual([
      27, 54, 81, 108,
    ]);
    expect(result(model('  output y = x |> Residual(Residual(Scale()))'))).toEqual([5, 10, 15, 20]);
    expect(result(model('  r = Residual(Scale())\n  output y = x |> r |> Residual(r)'))).toEqual([
      20, 40, 60, 80,
    ]);
  });

  it('and functions too', () => {
    expect(result(model('  output y = x |> Sequence(Scale(), Scale(), between = inverse)'))).toEqual([
      1,
      0.5,
      1 / 3,
      0.25,
    ]);
    expect(result(model('  output y = x |> Residual(inverse)'))).toEqual([2, 2.5, 3 + 1 / 3, 4.25]);
  });

  it('are refused where something else is wanted', () => {
    expect(shortly(checkText(model('  output y = x |> Sequence(same, Dense(4))')))[0]).toContain(
      'expected a layer for f, found the function same',
    );
    expect(shortly(checkText(model('  output y = x |> Residual(x)')))[0]).toContain(
      'expected a function or a layer, found f32[1, 4]',
    );
  });
});

describe('what never ends', () => {
  it('a layer that makes itself', () => {
    const own = 'layer Endless() (x) {\n  return x |> Residual(Endless())\n}\n';
    expect(shortly(checkText(model('  output y = x |> Endless', own)))[0]).toContain(
      'NN210 15:24 layer Endless uses itself',
    );
  });

  it('a layer that is applied to itself', () => {
    const own = 'layer Self() (f: layer, x) {\n  return f(f, x)\n}\n';
    const said = shortly(checkText(model('  s = Self()\n  output y = s(s, x)', own)));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('is used inside of more than 64 other uses');
  });
});

describe('a model named like a function', () => {
  it.each(['relu', 'exp', 'concat', 'mean'])('%s: what is called is the function', (name) => {
    const call = name === 'concat' ? 'concat(x, x, over 0)' : `${name}(x)`;
    const { diagnostics, program } = checkText(
      `model ${name} {\n  input x: f32[B, 4]\n  output y = ${call}\n}\n`,
    );
    expect(diagnostics).toEqual([]);
    expect(program!.model).toBe(name);
  });

  it('but not of a function of the same file, and a model is never called', () => {
    const text = 'fn f(x) = x\nmodel f {\n  input x: f32[B]\n  output y = f(x)\n}\n';
    expect(shortly(checkText(text))[0]).toContain('NN204 2:7 f is declared twice');
    const model = 'model other {\n  input x: f32[B]\n  output y = other(x)\n}\n';
    expect(shortly(checkText(model))).toEqual(['NN218 3:14 other is a model and not a value']);
  });
});

describe('values with the name of what is applied', () => {
  const applied = (line: string): readonly number[] => {
    const text = `fn twice(z) = 2 * z
layer Half() (z) {
  return z / 2
}
model m {
  input x: f32[2]
${line}
}`;
    const graph = graphOf(text, 'run');
    return [...evaluateWith(graph, { x: tensor64([2], [1, 4]) }).results.get('y')!.data];
  };

  it('hide neither a function nor a layer, of the file or of the prelude', () => {
    expect(applied('  twice = twice(x)\n  output y = twice(twice) + twice')).toEqual([6, 24]);
    expect(applied('  Half = x |> Half\n  output y = Half |> Half')).toEqual([0.25, 1]);
    expect(applied('  relu6 = relu6(x)\n  output y = relu6(x + 3) - relu6')).toEqual([3, 2]);
  });

  it('are their numbers where nothing is applied', () => {
    expect(applied('  twice = x + 1\n  output y = twice')).toEqual([2, 5]);
    expect(shortly(checkText('model m {\n  input x: f32[2]\n  z = x\n  output y = z(x)\n}'))).toEqual([
      expect.stringContaining('NN209'),
    ]);
  });

  it('stay behind an instance of that name', () => {
    const text = 'model m {\n  input x: f32[1, 4]\n  Dense = Dense(3)\n  output y = Dense(x)\n}';
    expect(paths(text)).toEqual(['Dense.W', 'Dense.b']);
  });
});
