/** What the checker makes of a right file: types, paths, dimensions, recipes; and what it says of several wrong places at once. */
import { describe, expect, it } from 'vitest';
import { printTypes } from '../../compiler/check/print.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { typeText } from '../../compiler/check/values.ts';
import { checkText, printDiagnostic, shortly, type TextOptions } from './check-text.ts';

const mlp = `model mlp(hidden = 128) {
  input  x: f32[B, 784]
  target t: i32[B]

  h      = x |> Dense(hidden) |> relu
  logits = h |> Dense(10)

  loss     = cross_entropy(logits, t)
  metric accuracy = mean(argmax(logits, over -1) == t)
  output probs    = softmax(logits)
}

train mlp {
  minimize loss with adam(lr = 1e-3)
  batch 32  epochs 3
}
`;

function programOf(text: string, options: TextOptions = {}): TypedProgram {
  const { program, diagnostics } = checkText(text, options);
  if (program === undefined) throw new Error(diagnostics.map(printDiagnostic).join('\n'));
  return program;
}

const typesOf = (program: TypedProgram): readonly string[] =>
  program.parameters.map(
    ({ path, tensor, initText }) => `${path}: ${typeText(tensor.dtype, tensor.dims)} ${initText}`,
  );

const modelWith = (body: string): string => `model m {\n${body}\n}\n`;

describe('a model', () => {
  it('has inputs, outputs, parameters with paths, and a recipe', () => {
    const program = programOf(mlp);
    expect(
      program.inputs.map(({ kind, label, dtype, dims }) => `${kind} ${label.name}: ${typeText(dtype, dims)}`),
    ).toEqual(['input x: f32[B = 32, 784]', 'target t: i32[B = 32]']);
    expect(program.outputs.map(({ role, name }) => `${role} ${name}`)).toEqual([
      'loss loss',
      'metric accuracy',
      'output probs',
    ]);
    expect(typesOf(program)).toEqual([
      'Dense_1.W: f32[hidden = 128, 784] he_normal(fan_in = I)',
      'Dense_1.b: f32[hidden = 128] zeros',
      'Dense_2.W: f32[units = 10, hidden = 128] he_normal(fan_in = I)',
      'Dense_2.b: f32[units = 10] zeros',
    ]);
    expect(program.recipe).toMatchObject({ batch: 32, epochs: 3 });
    const [objective] = program.recipe?.parts[0]?.objectives ?? [];
    expect(objective).toMatchObject({ lossName: 'loss', optimizer: 'adam', rate: 0.001 });
    expect(objective?.states.map(({ path }) => path)).toEqual(
      program.parameters.flatMap(({ path }) => [`adam.m.${path}`, `adam.v.${path}`]),
    );
  });

  it('takes free dimensions from --set, then the batch, then a stand-in', () => {
    const by = (text: string, options: TextOptions = {}): readonly string[] =>
      programOf(text, options).dimensions.map(({ name, extent, by }) => `${name} = ${extent} by ${by}`);
    expect(by(mlp)).toEqual(['B = 32 by batch']);
    expect(by(mlp, { set: { B: 5 } })).toEqual(['B = 5 by set']);
    expect(by(modelWith('input x: f32[B, T]\noutput y = x'))).toEqual([
      'B = 32 by stand-in',
      'T = 33 by stand-in',
    ]);
  });

  it('takes its own parameters from --set, then the recipe, then defaults', () => {
    const settings = (text: string, options: TextOptions = {}): unknown => programOf(text, options).settings;
    expect(settings(mlp)).toEqual([{ name: 'hidden', value: 128 }]);
    expect(settings(mlp.replace('train mlp', 'train mlp(hidden = 64)'))).toEqual([
      { name: 'hidden', value: 64 },
    ]);
    expect(settings(mlp.replace('train mlp', 'train mlp(64)'), { set: { hidden: 8 } })).toEqual([
      { name: 'hidden', value: 8 },
    ]);
  });

  it('says which --set names nothing has', () => {
    expect(programOf(mlp, { set: { hiden: 3 } }).unusedBindings).toEqual(['hiden']);
  });

  it('prints its types', () => {
    const lines = printTypes(programOf(mlp)).split('\n');
    expect(lines.find((line) => line.includes('logits:'))).toMatch(
      /^ {2}logits: f32\[B = 32, units = 10\] +@ test\.nn:6:3$/,
    );
  });
});

describe('layers', () => {
  it('keep the names of their dimensions as the caller calls them', () => {
    const program = programOf(
      'layer Id() (x: f32[N, D]) -> f32[N, D] { return x }\nmodel m { input x: f32[B, feat]\n output y = x |> Id |> relu }',
    );
    expect(typeText('f32', program.outputs[0]!.tensor.dims)).toBe('f32[B = 32, feat = 33]');
  });

  it('share the parameters of a named instance, also of the layers inside', () => {
    const program = programOf(
      'layer Block(units: int) (x: f32[..., I]) -> f32[..., I] { return x + (x |> Dense(units) |> Dense(I)) }\n' +
        modelWith(
          'input x: f32[B, 4]\nblk = Block(2)\noutput y = x |> blk |> blk\noutput size = l2(blk.Dense_2.W)',
        ),
    );
    expect(program.parameters.map(({ path }) => path)).toEqual([
      'blk.Dense_1.W',
      'blk.Dense_1.b',
      'blk.Dense_2.W',
      'blk.Dense_2.b',
    ]);
  });

  it('count inline instances by layer, and know them by that name', () => {
    const program = programOf(
      modelWith(
        'input x: f32[B, 4]\ny = x |> Dense(3) |> Maxout(2) |> Dense(1)\nloss = sum(y) + l2(Dense_2.W)',
      ),
    );
    expect(program.parameters.map(({ path }) => path)).toEqual([
      'Dense_1.W',
      'Dense_1.b',
      'Maxout_1.W',
      'Maxout_1.b',
      'Dense_2.W',
      'Dense_2.b',
    ]);
  });

  it('write their state in training only', () => {
    const text =
      'layer Seen() (x: f32[B, C]) { state last: f32[C] init zeros\n m = sum(x, over 0)\n last <- m\n return x + last }\n' +
      modelWith('input x: f32[B, 4]\noutput y = x |> Seen');
    expect(programOf(text).updates).toHaveLength(0);
    expect(programOf(text, { training: true }).updates.map(({ target }) => target.label.name)).toEqual([
      'Seen_1.last',
    ]);
  });
});

describe('compile-time values', () => {
  it('pick a branch, and the other one is not expanded', () => {
    const text = modelWith('input x: f32[B]\noutput y = if training then dropout(x) else x');
    expect(programOf(text).tensors.some(({ label }) => label.name === 'key')).toBe(false);
    expect(programOf(text, { training: true }).tensors.some(({ label }) => label.name === 'key')).toBe(true);
  });

  it.each([
    ['7 / 2', 3],
    ['-7 / 2', -4],
    ['7 % 3', 1],
    ['2**5', 32],
    ['max(3, 5) + min(1, 2)', 6],
    ['1.0 / 4', 0.25],
    ['sqrt(16)', 4],
  ])('%s is %d', (expression, value) => {
    const program = programOf(
      `model m(n = ${value >= 0 ? expression : 1}, z = ${expression}) { input x: f32[B]\n output y = x * n * z }`,
    );
    expect(program.settings.at(-1)?.value).toBe(value);
  });

  it('solve a dimension that a type has arithmetic on', () => {
    const program = programOf(
      'fn halves(x: f32[2*N]) -> f32[N] { return y[n] = x[2*n] }\nmodel m { input x: f32[10]\n output y = halves(x) }',
    );
    expect(program.outputs[0]?.tensor.dims.map(({ extent }) => extent)).toEqual([5]);
  });
});

describe('used files and the prelude', () => {
  it('declarations of used files are found', () => {
    const files = [{ name: 'blocks.nn', text: 'fn triple(x) = 3 * x\n' }];
    const { diagnostics, program } = checkText(
      'use "blocks.nn"\nmodel m { input x: f32[B]\n output y = triple(x) }',
      { files },
    );
    expect(diagnostics).toEqual([]);
    expect(program?.outputs).toHaveLength(1);
  });

  it('a function of the user hides one of the prelude, except from the prelude', () => {
    const own = 'fn sigmoid(x) = x\nmodel m { input x: f32[B]\n output y = sigmoid(x)\n output z = silu(x) }';
    const program = programOf(own);
    expect(program.outputs[0]?.tensor.kind).toBe('input');
    expect(
      program.tensors.some(({ label }) => label.name.startsWith('silu') || label.name.startsWith('sigmoid')),
    ).toBe(true);
  });

  it('what nothing calls is still checked for names', () => {
    expect(shortly(checkText('fn f(x) = x + nothing\nmodel m { input x: f32\n output y = x }'))).toEqual([
      'NN201 1:15 nothing here is called nothing',
    ]);
  });
});

describe('several problems', () => {
  it('are all reported in one run, and nothing that follows from them', () => {
    const text = modelWith(`  input x: f32[B, 4]
  a = x |> Dense(undefined_size) |> relu |> softmax
  b = a + 1
  c = x[0]
  output y = mean(b * c)
  loss = x
`);
    expect(shortly(checkText(text))).toEqual([
      'NN201 3:18 nothing here is called undefined_size',
      'NN309 5:7 expected 2 indices, found 1',
      'NN336 7:10 the loss loss must be one f32 number, found f32[B = 32, 4]',
    ]);
  });

  it('a problem inside of the prelude is shown at the use', () => {
    const { diagnostics } = checkText(
      modelWith('  input x: f32[B, 4]\n  output y = x |> Dense(3, bias = 7)\n  output z = maxout(x, 3)'),
    );
    expect(diagnostics.map(({ code, primary }) => `${code} ${primary.at.source.name}`)).toEqual([
      'NN320 test.nn',
      'NN334 test.nn',
    ]);
  });
});
