/** `freeze`: which parameters are not trained, in models and in layers, and what selects nothing. */
import { describe, expect, it } from 'vitest';
import { checkText, shortly } from './check-text.ts';

const encoder = `layer Encoder(width: int) (x: f32[B, I]) -> f32[B, width] {
  return x |> Dense(8) |> tanh |> Dense(width)
}
`;
const model = (body: string): string => `${encoder}model m {
  input x: f32[3, 4]
  target t: i32[3]
${body}
  loss = cross_entropy(logits, t)
}
train m { minimize loss with adam(lr = 0.1) }
`;
const frozenIn = (text: string): readonly string[] => {
  const { program, diagnostics } = checkText(text);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const { parameters, recipe } = program!;
  const trained = parameters.flatMap(({ path, kind }) => (kind === 'param' ? [path] : []));
  expect(
    recipe!.parts
      .flatMap((part) => part.objectives)
      .flatMap(({ parameters }) => parameters.map(({ path }) => path)),
  ).toEqual(trained);
  for (const { path } of recipe!.parts.flatMap((part) => part.objectives).flatMap(({ states }) => states))
    expect(trained.some((own) => path.endsWith(own))).toBe(true);
  return parameters.flatMap(({ path, kind, tensor }) => {
    expect(tensor.kind).toBe(kind);
    return kind === 'frozen' ? [path] : [];
  });
};

const head = '  enc = Encoder(5)\n  logits = x |> enc |> Dense(2)';
const whole = ['enc.Dense_1.W', 'enc.Dense_1.b', 'enc.Dense_2.W', 'enc.Dense_2.b'];

describe('freeze', () => {
  it.each([
    ['an instance, before it is made', `  freeze enc\n${head}`, whole],
    ['an instance, after it is used', `${head}\n  freeze enc`, whole],
    ['a layer in it', `${head}\n  freeze enc.Dense_2`, whole.slice(2)],
    ['a parameter in it', `${head}\n  freeze enc.Dense_2.b`, whole.slice(3)],
    [
      'an inline layer, whose name begins like others',
      `${head}\n  freeze Dense_1`,
      ['Dense_1.W', 'Dense_1.b'],
    ],
    ['several', `${head}\n  freeze enc.Dense_1.b, Dense_1.W`, ['enc.Dense_1.b', 'Dense_1.W']],
    ['twice over', `${head}\n  freeze enc.Dense_1, enc`, whole],
    [
      'a parameter of the model',
      '  param w: f32[4, 2] init ones\n  freeze w\n  h = x |> Dense(4)\n  logits[b, o] = sum[i] h[b, i] * w[i, o]',
      ['w'],
    ],
    [
      'an instance that is applied twice',
      '  freeze enc\n  enc = Encoder(4)\n  logits = x |> enc |> enc |> Dense(2)',
      whole,
    ],
  ])('%s', (_, body, frozen) => {
    expect(frozenIn(model(body))).toEqual(frozen);
  });

  it('in a layer, for each of its instances', () => {
    const text = model(head).replace(encoder, encoder.replace('{\n', '{\n  freeze Dense_1.b\n'));
    expect(frozenIn(text)).toEqual(['enc.Dense_1.b']);
    const twice = text.replace('|> Dense(2)', '|> Encoder(2)');
    expect(frozenIn(twice)).toEqual(['enc.Dense_1.b', 'Encoder_1.Dense_1.b']);
  });

  it.each([
    [`${head}\n  freeze dec`, 'NN430 9:10 no parameter here is called dec or lies below it'],
    [`${head}\n  freeze Dense`, 'NN430 9:10 no parameter here is called Dense or lies below it'],
    [
      `${head}\n  freeze enc + Dense_1`,
      'NN430 9:10 no parameter here is called enc + Dense_1 or lies below it',
    ],
    [`${head}\n  freeze x`, 'NN430 9:10 no parameter here is called x or lies below it'],
    [`${head}\n  freeze enc, Dense_1`, 'NN420'],
    [
      `  h = x\n  repeat 2 { freeze h }\n  logits = h |> Dense(2)`,
      'NN220 8:14 freeze has no place in repeat',
    ],
  ])('refuses %s', (body, problem) => {
    const errors = checkText(model(body)).diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors).toHaveLength(1);
    expect(shortly({ diagnostics: errors })[0]).toContain(problem);
  });
});
