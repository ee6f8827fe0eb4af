/** Explanations: the formulas of the lectures, the truth of what is printed, folding, what has no gradient. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { derive } from '../../compiler/explain/derive.ts';
import type { Form } from '../../compiler/explain/explanation.ts';
import { primalOf } from '../../compiler/explain/index.ts';
import { interpret } from '../../compiler/explain/interpret.ts';
import { elementOf } from '../../compiler/explain/matrix-form.ts';
import { indexOf } from '../../compiler/explain/rewrite.ts';
import { simplifySteps } from '../../compiler/explain/simplify-steps.ts';
import { formulaText, lineText } from '../../compiler/explain/text.ts';
import { verifier } from '../../compiler/explain/verify.ts';
import { passes } from '../../compiler/passes/index.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { explanationLatex } from '../../src/views/explain-latex.ts';
import { explanationText } from '../../src/views/explain-text.ts';
import { completed } from '../support/gradient.ts';
import { randomSource } from '../support/random.ts';
import { explanationOf, gradientGraph, modelText } from './support.ts';

const five = new Map([['B', 5]]);

/** Fails unless the pieces come in the text, one after the other. */
function expectInOrder(text: string, pieces: readonly string[]): void {
  let from = 0;
  for (const piece of pieces) {
    const at = text.indexOf(piece, from);
    expect(at, `${piece}\nafter offset ${from} of\n${text}`).toBeGreaterThanOrEqual(0);
    from = at + piece.length;
  }
}

const final = (text: string, value: string, options: Parameters<typeof explanationOf>[1] = {}): string => {
  const step = explanationOf(text, options).steps.find((candidate) => candidate.value === value);
  return step === undefined ? '' : lineText(step.final);
};

describe('the classical derivation', () => {
  it('has the formulas of Rumelhart, Hinton and Williams, in their order', () => {
    const text = explanationText(explanationOf(modelText('models/two_layer_sigmoid.nn'), { wrt: ['V'] }));
    expectInOrder(text, [
      '= (y[o] - t[o]) * y[o] * (1 - y[o])',
      'd.W[o, j] = d.s[o] * h[j]',
      'd.r[j] = d.h[j] * h[j] * (1 - h[j])',
      '= (sum[o] d.s[o] * W[o, j]) * h[j] * (1 - h[j])',
      'd.V[j, i] = d.r[j] * x[i]',
    ]);
  });

  it('gives the sources, the rules and the kernels', () => {
    const { steps } = explanationOf(modelText('models/two_layer_sigmoid.nn'), { wrt: ['V'] });
    expect(steps.map(({ value }) => value)).toEqual(['loss', 'y', 's', 'h', 'r', 'V']);
    expect(steps[3]!.through[0]).toMatchObject({
      source: '  s[o] = b[o] + sum[j] W[o, j] * h[j]'.trim(),
      rules: ['each element of h is read at every o: their adjoints add up'],
    });
    expect(steps.slice(1).map(({ kernel }) => kernel?.how)).not.toContain(undefined);
    expect(steps[1]!.changes.flatMap(({ rules }) => rules)).toContain('known constants put in');
    expect(steps.at(-1)!.isTarget).toBe(true);
  });
});

describe('softmax and cross-entropy', () => {
  it('ends in p - t for the prelude', () => {
    const model = modelText('models/iris.nn');
    expect(final(model, 'log_softmax.z', { bindings: five })).toBe(
      'd.log_softmax.z[b, o] = (p[b, o] - [t[b] == o]) / 5',
    );
  });

  it('ends in y - t for a softmax and a logarithm written apart', () => {
    const model = `
      model apart {
        input x: f32[B, 3]
        target t: i32[B]
        param w: f32[4, 3] init zeros
        s[b, c] = sum[i] w[c, i] * x[b, i]
        y = softmax(s)
        l[b] = -log(y[b, t[b]])
        loss = mean(l)
      }`;
    expect(final(model, 's', { bindings: five })).toBe('d.s[b, c] = (y[b, c] - [t[b] == c]) / 5');
  });

  it('ends in p - t for plain equations', () => {
    const model = modelText('test/explain/softmax.nn');
    expect(final(model, 'z', { bindings: five })).toBe('d.z[b, c] = (p[b, c] - [t[b] == c]) / 5');
  });

  it('names each step that leads there', () => {
    const { steps } = explanationOf(modelText('test/explain/softmax.nn'), { bindings: five });
    const rules = steps.find(({ value }) => value === 'z')!.changes.flatMap((change) => change.rules);
    expect(rules).toContain('e[b, c] / p.sum[b] is p');
  });
});

describe('the logistic loss written out', () => {
  const model = (probability: string): string => `
    model logistic {
      input x: f32[B, 3]
      target t: f32[B]
      param w: f32[3] init zeros
      s[b] = sum[i] w[i] * x[b, i]
      ${probability}
      loss = -mean(t * log(y) + (1 - t) * log(1 - y))
    }`;

  it.each(['y = sigmoid(s)', 'y[b] = 1 / (1 + exp(-s[b]))', 'y[b] = exp(s[b]) / (exp(s[b]) + 1)'])(
    'ends in y - t for %s',
    (probability) => {
      expect(final(model(probability), 's', { bindings: five })).toBe('d.s[b] = (y[b] - t[b]) / 5');
    },
  );

  it.each([
    ['a sum', model('y = sigmoid(s)').replace('mean(', 'sum(')],
    [
      'a sum over indices',
      model('y = sigmoid(s)').replace(
        /loss = .*/,
        'loss = -sum[b] (t[b] * log(y[b]) + (1 - t[b]) * log(1 - y[b]))',
      ),
    ],
    [
      'a sum of what has a name',
      model('y = sigmoid(s)').replace(/loss = -mean\((.*)\)\n/, 'l = $1\n loss = -sum(l)\n'),
    ],
  ])('ends in y - t for %s', (_, text) => {
    expect(final(text, 's', { bindings: five })).toBe('d.s[b] = y[b] - t[b]');
  });

  it('ends in y - t where 1 - y has a name, too', () => {
    const named = model('y = sigmoid(s)').replace('log(1 - y)', 'log(q)').replace('loss', 'q = 1 - y\n loss');
    expect(final(named, 's', { bindings: five })).toBe('d.s[b] = (y[b] - t[b]) / 5');
  });

  it('names the pass that leads there', () => {
    const { steps } = explanationOf(model('y = sigmoid(s)'), { bindings: five });
    const rules = steps.flatMap(({ through }) => through.flatMap((way) => way.rules));
    expect(rules.some((rule) => rule.includes('join-logarithms'))).toBe(true);
  });
});

describe('other classical adjoints', () => {
  it('group normalisation: what is left of three ways, where the distance from the mean has a name', () => {
    const model = `
      model groups {
        input x: f32[2, 4, 3, 3]
        input t: f32[2, 4, 3, 3]
        loss = mse(x |> GroupNorm(2), t)
      }`;
    expect(final(model, 'GroupNorm_1.part', { wrt: ['x'] })).toMatch(
      /^d\.GroupNorm_1\.part\[n, g, d, h, l\] = \(.* - mean\[d', h', l'\] .* - GroupNorm_1\.unit\[n, g, d, h, l\] \* mean\[.*\) \/ sqrt\(GroupNorm_1\.v\[n, g\] \+ 1e-5\)$/,
    );
  });

  it.each([1, 2])('batch normalisation of %i images: an axis of extent 1 keeps its name', (images) => {
    const model = `
      model images {
        input x: f32[${images}, 3, 2, 5]
        input t: f32[${images}, 3, 2, 5]
        loss = mse(x |> BatchNorm, t)
      }`;
    expect(final(model, 'x', { wrt: ['x'], training: true })).toMatch(/ - mean\[i', k', l'\] .*xhat/);
  });

  it('attention: the softmax passes back what is above the mean', () => {
    expect(final(modelText('test/explain/attention.nn'), 's')).toBe(
      "d.s[i, j] = a[i, j] * (d.a[i, j] - sum[j'] d.a[i, j'] * a[i, j'])",
    );
  });

  it('multi-head attention of the prelude: the same, under names that can be read', () => {
    const model = `model m {
      input x: f32[2, 5, 4]
      target t: f32[2, 5, 4]
      y = x |> MultiHeadAttention(2)
      loss = mse(y, t)
    }`;
    expect(final(model, 'MultiHeadAttention_1.attention_weights.score')).toBe(
      "d.score[b, h, t, s] = a[b, h, t, s] * (d.a[b, h, t, s] - sum[s'] d.a[b, h, t, s'] * a[b, h, t, s'])",
    );
    expect(explanationText(explanationOf(model))).toContain(
      '(score is MultiHeadAttention_1.attention_weights.score)',
    );
  });

  it('masked attention: the same, under no condition, for what is masked has no weight', () => {
    const model = modelText('test/explain/masked_attention.nn');
    expect(final(model, 'attention_weights.score')).toBe(
      'd.score[j, t, s] = attention.a[j, t, s]' +
        " * (d.attention.a[j, t, s] - sum[s'] d.attention.a[j, t, s'] * attention.a[j, t, s'])",
    );
  });

  it('a cross-entropy that leaves rows out: p - t, by what a row counts', () => {
    const model = `model m {
      input x: f32[5, 4]
      target t: i32[5]
      loss = cross_entropy_ignoring(x |> Dense(3), t, ignored = -1)
    }`;
    expect(final(model, 'log_softmax.z')).toBe('d.log_softmax.z[j, o] = d.l[j] * (p[j, o] - [t[j] == o])');
  });

  it('the gain of a normalisation gets what goes along with the standardised value', () => {
    const model = `model m {
      input x: f32[5, 4]
      target t: f32[5, 4]
      y = x |> LayerNorm
      loss = mse(y, t)
    }`;
    expect(final(model, 'LayerNorm_1.gamma')).toBe('d.LayerNorm_1.gamma[c] = sum[i] d.y[i, c] * xhat[i, c]');
  });

  it('the gradient of a key bias, which is 0 but for rounding, is explained', () => {
    const { verified, steps } = explanationOf(
      `model m {
        input x: f32[2, 3, 4]
        target t: f32[2, 3, 4]
        loss = mse(x |> MultiHeadAttention(2), t)
      }`,
      { wrt: ['MultiHeadAttention_1.bk'] },
    );
    expect(verified.kind).toBe('checked');
    expect(lineText(steps.at(-1)!.final)).toBe('d.bk[h, d] = sum[b, s] d.key[b, h, s, d]');
  });

  it('batch normalisation: less the mean, less what goes along with the value', () => {
    const ours = modelText('test/explain/batch_norm.nn');
    expect(final(ours, 'x', { bindings: five, wrt: ['x'] })).toBe(
      "d.x[b, c] = gamma[c] * (d.y[b, c] - mean[b'] d.y[b', c]" +
        " - xhat[b, c] * mean[b'] d.y[b', c] * xhat[b', c]) / sqrt(v[c] + 1e-5)",
    );
  });

  const normalised = (layer: string, training: boolean): string =>
    final(
      `model m {\n input x: f32[B, 3]\n target t: f32[B, 3]\n y = x |> ${layer}\n loss = mse(y, t)\n}`,
      'x',
      {
        bindings: new Map([['B', 7]]),
        wrt: ['x'],
        training,
      },
    );

  it('the BatchNorm of the prelude, in training, has the same form', () => {
    expect(normalised('BatchNorm', true)).toBe(
      "d.x[b, i] = scale[i] * (d.y[b, i] - mean[b'] d.y[b', i] - xhat[b, i] * mean[b'] d.y[b', i] * xhat[b', i])",
    );
  });

  it('of images it has the form of rows: a mean over the batch and all positions', () => {
    const model = `model m {
      input x: f32[2, 2, 3, 3]
      target t: f32[2, 2, 3, 3]
      loss = mse(x |> BatchNorm, t)
    }`;
    expect(final(model, 'x', { wrt: ['x'], training: true })).toBe(
      "d.x[i, j, k, l] = scale[j] * (d.mse.y[i, j, k, l] - mean[i', k', l'] d.mse.y[i', j, k', l']" +
        " - xhat[i, j, k, l] * mean[i', k', l'] d.mse.y[i', j, k', l'] * xhat[i', j, k', l'])",
    );
  });

  it('the running means of evaluation are constants: then it is one factor', () => {
    expect(normalised('BatchNorm', false)).toBe('d.x[b, c] = d.y[b, c] * scale[c]');
  });

  it('layer normalisation has its factor inside of the means', () => {
    expect(normalised('LayerNorm', false)).toBe(
      "d.x[b, c] = (d.y[b, c] * LayerNorm_1.gamma[c] - mean[c'] d.y[b, c'] * LayerNorm_1.gamma[c']" +
        " - xhat[b, c] * mean[c'] d.y[b, c'] * LayerNorm_1.gamma[c'] * xhat[b, c']) / sqrt(LayerNorm_1.v[b] + 1e-5)",
    );
  });

  it('logistic regression: sigmoid(z) - t', () => {
    const model = modelText('models/logistic_regression.nn');
    expect(final(model, 'z', { bindings: five })).toBe('d.z[b] = (sigmoid(z[b]) - t[b]) / 5');
  });

  it('a convolution: the adjoint of the image is a sum over the windows that an element is in', () => {
    expect(final(modelText('test/explain/convolution.nn'), 'u', { wrt: ['u'] })).toBe(
      "d.u[n, c, j, i] = sum[f, j', i' where 0 <= j - 2*j' + 1 <= 2, 0 <= i - 2*i' + 1 <= 2]" +
        " d.o[n, f, j', i'] * w[f, c, j - 2*j' + 1, i - 2*i' + 1]",
    );
  });

  it('a generator whose gradient does not vanish: what its judge lacks to 1', () => {
    const model = modelText('test/explain/gan.nn');
    expect(final(model, 'D.Dense_2.y', { bindings: five, loss: 'generator', wrt: ['G.Dense_1.W'] })).toBe(
      'd.D.Dense_2.y[b, o] = (sigmoid(D.Dense_2.y[b, o]) - 1) / 5',
    );
  });

  it('a neural ODE by Euler: the adjoint goes back by the steps that y came by', () => {
    expect(final(modelText('test/explain/neural_ode.nn'), 'y', { bindings: five, wrt: ['W'] })).toBe(
      'd.y[b, n, d] = [n == 3] * (y[b, 3, d] - t[b, d]) + [n <= 2] * d.y[b, n + 1, d]' +
        ' + [n <= 2] * sum[j] d.h[b, n + 1, j] * (1 - h[b, n + 1, j] ** 2) * W[j, d]',
    );
  });

  it('max pooling: to the element that was taken', () => {
    expect(final(modelText('test/explain/max_pooling.nn'), 'u')).toBe(
      'd.u[i] = if i mod 2 == argmax[m] u[2*(i div 2) + m] then d.y[i div 2] else 0',
    );
  });
});

describe('equations as a lecture writes them', () => {
  const stepsOf = (text: string, options: Parameters<typeof explanationOf>[1] = {}) =>
    explanationOf(text, options).steps;

  it('axes keep their names from the outputs of a layer through softmax and loss', () => {
    const steps = stepsOf(modelText('models/iris.nn'), { bindings: five });
    const rows = steps.filter(({ isTarget, final: { indices } }) => !isTarget && indices.length === 2);
    expect(rows.length).toBeGreaterThan(3);
    for (const { final: line } of rows) expect(lineText(line)).toMatch(/^d\.\S+\[b, [oi]\] = /);
  });

  it('the layers in a recurrence of the model name its steps and rows as it does, and normalise as elsewhere', () => {
    const model = `
      fn step(f: layer, y: f32[N, C, H, W]) -> f32[N, C, H, W] {
        k = f(y)
        return y + 0.5 * k
      }
      model m {
        input x: f32[3, 4, 2, 1]
        target t: f32[3, 4, 2, 1]
        f = GroupNorm(2)
        scan n: 3 {
          y[:, n] = step(f, (y[:, n - 1] else x))
        }
        loss = mse(y[:, -1], t)
      }`;
    const steps = stepsOf(model, { wrt: ['f.gamma'] });
    for (const { final: line } of steps.slice(2))
      for (const { name } of line.indices) expect(name, lineText(line)).not.toMatch(/_\d/);
    const part = steps.find(({ value }) => value.endsWith('part'))!;
    expect(lineText(part.final)).toMatch(/ - mean\[.* - .*unit\[.*\] \* mean\[/);
  });

  it('what is reduced leaves the other axes their names', () => {
    const model = `model m {
      input x: f32[2, 5, 4]
      target t: i32[2, 5]
      loss = cross_entropy(x |> Dense(3), t)
    }`;
    const sum = stepsOf(model).find(({ value }) => value === 'log_softmax.y.sum')!;
    expect(sum.through.flatMap(({ where }) => where.map(lineText))).toEqual([
      'log_softmax.y.sum[j, k] = sum[o] exp(log_softmax.z[j, k, o])',
    ]);
  });

  it('a long name stands on a line of its own, and no name is broken', () => {
    const model = `
      layer Innermost(x) { return x |> Dense(3) |> sigmoid }
      layer Outermost(x) { return x |> Innermost |> Innermost }
      model m {
        input x: f32[2, 4]
        target t: f32[2, 3]
        loss = mse(x |> Outermost |> Outermost, t)
      }`;
    const text = explanationText(explanationOf(model, { wrt: ['Outermost_1.Innermost_1.Dense_1.W'] }));
    expect(text).toMatch(/^ {3}d\.Outermost_1\.Innermost_1\.Dense_1\.W\[o, i\]\n {5}= sum\[j\] /m);
    const name = 'Outermost_2.Innermost_2.sigmoid.x[';
    const count = (of: string): number => of.split(name).length - 1;
    expect(count(text)).toBe(count(text.replaceAll(/\n\s*/g, '')));
  });

  it('a statistic that is given the shape of an image has no equation, and a bias stands in that of its sum', () => {
    const steps = stepsOf(modelText('test/explain/image_layers.nn'), { bindings: five, training: true });
    expect(steps.map(({ value }) => value).filter((name) => /reshape|Conv2d_1\.z/.test(name))).toEqual([]);
    const equations = steps.flatMap(({ through }) => through.map(({ equation }) => lineText(equation)));
    expect(equations).toContainEqual(
      expect.stringMatching(/^Conv2d_1\.y\[n, f, j, i\] = Conv2d_1\.b\[f\] \+ sum\[c, u, v\] Conv2d_1\.w/),
    );
  });

  it('of the names of one value it has the one that is nearest to the model', () => {
    const model = `
      fn step(f: layer, x: f32[B, D]) -> f32[B, D] {
        k = f(x)
        return x + 0.5 * k * k
      }
      model m {
        input x: f32[4, 3]
        f = Dense(3)
        y = step(f, x)
        z = step(f, y)
        loss = sum(z**2)
      }`;
    const names = stepsOf(model, { wrt: ['f.W'] }).map(({ value }) => value);
    expect(names).toContain('step.k');
    expect(names.filter((name) => name.startsWith('f.'))).toEqual(['f.W']);
  });

  it('what a model has named twice has both names', () => {
    const model = `model m {
      input x: f32[4, 3]
      param w: f32[3] init ones
      p[b, i] = x[b, i] * w[i]
      q[b, i] = p[b, i]
      loss = sum(q**2)
    }`;
    expect(stepsOf(model).map(({ value }) => value)).toEqual(['loss', 'q', 'p', 'w']);
  });

  it('windows that lie inside of their image have no conditions', () => {
    const model = `model m {
      input x: f32[1, 2, 4, 6]
      loss = sum(max_pool2d(x)**2) + sum(max_pool2d(x, 3, 1, 1)**2)
    }`;
    const [over, inside] = stepsOf(model, { wrt: ['x'] }).flatMap(({ through }) =>
      through.flatMap(({ equation }) => (lineText(equation).includes('max[') ? [lineText(equation)] : [])),
    );
    expect(inside).toMatch(/= max\[u, v\] x\[/);
    expect(over).toContain('where');
  });
});

const goldens: readonly (readonly [string, Parameters<typeof explanationOf>[1]])[] = [
  ['softmax', { bindings: five }],
  ['convolution', { wrt: ['w', 'u'] }],
  ['max_pooling', {}],
  ['batch_norm', { bindings: five, wrt: ['gamma', 'x'] }],
  ['lstm', { wrt: ['U'] }],
  ['attention', { wrt: ['Q', 'V'] }],
  ['gan', { bindings: five, loss: 'generator', wrt: ['G.Dense_1.W'] }],
  ['neural_ode', { bindings: five, wrt: ['W'] }],
  ['image_layers', { bindings: five, wrt: ['Conv2d_1.w', 'BatchNorm_1.gamma'], training: true }],
  ['language_model', { bindings: new Map([...five, ['N', 4]]), wrt: ['LSTM_1.U'] }],
  ['masked_attention', { wrt: ['Dense_1.W'] }],
  ['transformer_block', { bindings: five, wrt: ['attend.Wq'] }],
  ['no_gradient', { bindings: five, wrt: ['stopped', 'rounded', 'compared', 'unused', 'chosen'] }],
];

const formed: readonly (readonly [string, string, Form])[] = [
  ['two_layer_delta', 'models/two_layer_sigmoid.nn', 'delta'],
  ['two_layer_matrix', 'models/two_layer_sigmoid.nn', 'matrix'],
  ['iris_delta', 'models/iris.nn', 'delta'],
  ['iris_matrix', 'models/iris.nn', 'matrix'],
  ['attention_matrix', 'test/explain/attention.nn', 'matrix'],
];

describe.each(formed)('the text of %s', (name, file, form) => {
  const explanation = explanationOf(modelText(file), { bindings: five, form });
  const text = explanationText(explanation);

  it('is as before, and at most 100 columns wide', () => {
    const golden = new URL(`golden/${name}.txt`, import.meta.url);
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
    expect(text.split('\n').filter((line) => [...line].length > 100)).toEqual([]);
  });

  it('has been checked', () => {
    expect(explanation.verified.kind).toBe('checked');
  });
});

describe('forms', () => {
  const matrix = (body: string): string => {
    const lines = body.split(';').join('\n');
    const model = `model m {\n${lines}\n}`;
    const { steps } = explanationOf(model, { form: 'matrix', wrt: ['W'] });
    return lineText(steps.at(-1)!.final);
  };
  const leaves =
    'input x: f32[5, 4]; target t: f32[5, 3]; input s: f32[3, 4]; input r: f32[4, 3]; param W: f32[3, 4] init zeros';

  it.each([
    ['a product', 'y[b, o] = sum[i] x[b, i] * W[o, i]; loss = 0.5 * sum((y - t)**2)', 'd.W = d.y^T x'],
    ['its other order', 'y[o, b] = sum[i] W[o, i] * x[b, i]; loss = 0.5 * sum(y**2)', 'd.W = d.y x'],
    ['a sum of all', 'loss = 0.5 * sum(W**2)', 'd.W = W'],
    ['sums over rows', 'y[o] = sum[i] W[o, i]; loss = 0.5 * sum(y**2)', 'd.W = d.y 1^T'],
    ['sums over columns', 'y[i] = sum[o] W[o, i]; loss = 0.5 * sum(y**2)', 'd.W = 1 d.y^T'],
    ['element by element', 'y[o, i] = W[o, i] * s[o, i]; loss = 0.5 * sum(y**2)', 'd.W = d.y ∘ s'],
    ['three factors', 'y = sum[o, i] W[o, i] * r[i, o] * s[o, i]; loss = 0.5 * y**2', 'd.W = d.y * s ∘ r^T'],
  ])('%s', (_, body, expected) => {
    expect(matrix(`${leaves}; ${body}`)).toBe(expected);
  });

  it('a bias is summed by a column of ones, and repeated by one', () => {
    const model = `model m {
      input x: f32[5, 4]
      target t: f32[5, 3]
      loss = mse(x |> Dense(3), t)
    }`;
    const { steps } = explanationOf(model, { form: 'matrix', wrt: ['Dense_1.b'] });
    const last = steps.at(-1)!;
    expect(lineText(last.final)).toMatch(/^d\.Dense_1\.b = d\.\S+\^T 1$/);
    expect(last.through.map(({ equation }) => formulaText(equation.right))).toEqual([
      '1 Dense_1.b^T + x Dense_1.W^T',
    ]);
  });

  it('what has three indices keeps them', () => {
    const model = `model m {
      input x: f32[2, 5, 4]
      param W: f32[3, 4] init zeros
      y[b, t, o] = sum[i] x[b, t, i] * W[o, i]
      loss = 0.5 * sum(y**2)
    }`;
    const { steps } = explanationOf(model, { form: 'matrix', wrt: ['W'] });
    expect(lineText(steps.at(-1)!.final)).toBe('d.W[o, i] = sum[b, t] d.y[b, t, o] * x[b, t, i]');
  });

  it('a form that is not true is not shown', () => {
    const model = modelText('models/iris.nn');
    const { steps } = explanationOf(model, { form: 'matrix', bindings: five });
    const line = steps.at(-1)!.final;
    expect(formulaText(line.right)).toBe('d.Dense_1.y^T x');
    const ranks = new Map([
      ['d.Dense_1.y', 2],
      ['x', 2],
    ]);
    const [o, i] = line.indices.map(indexOf);
    expect(formulaText(elementOf(line.right, o, i, ranks))).toBe("sum[k0'] d.Dense_1.y[k0', o] * x[k0', i]");
    expect(formulaText(elementOf(line.right, i, o, ranks))).not.toBe(
      formulaText(elementOf(line.right, o, i, ranks)),
    );
  });

  it('deltas of a deep network count from its input, and name only each other', () => {
    const model = `model m {
      input x: f32[5, 4]
      target t: i32[5]
      loss = cross_entropy(x |> Dense(6) |> relu |> Dense(6) |> sigmoid |> Dense(3), t)
    }`;
    const { steps } = explanationOf(model, { form: 'delta' });
    const adjoints = steps.filter(({ isTarget }) => !isTarget).map(({ final: line }) => lineText(line));
    expect(adjoints).toHaveLength(3);
    expect(adjoints[0]).toMatch(/^δ3\[\w+, \w+\] = \(p\[.*\] - \[t\[\w+\] == \w+\]\) \/ 5$/);
    expect(adjoints[1]).toMatch(/sum\[\S+\] δ3\[/);
    expect(adjoints[2]).toMatch(/sum\[\S+\] δ2\[/);
    expect(adjoints.join()).not.toMatch(/\bd\./);
  });

  const attention = `model m {
    input x: f32[2, 16, 32]
    target t: f32[2, 16, 32]
    qkv = x |> Dense(96)
    s[n, h: 2, i: 16, j: 16] = sum[k: 16] qkv[n, i, 16*h + k] * qkv[n, j, 32 + 16*h + k]
    a = softmax(s)
    o[n, i, c: 32] = sum[j] a[n, c / 16, i, j] * qkv[n, j, 64 + c]
    loss = mse(o, t)
  }`;
  const convolution = (stride: number, size: number): string => `model m {
    input x: f32[2, 3, 9, 9]
    target t: f32[2, 4, ${size}, ${size}]
    loss = mse(x |> Conv2d(4, kernel = 3, stride = ${stride}), t)
  }`;
  const words = `model m {
    input x: i32[8, 16]
    target t: f32[8, 16, 8]
    loss = mse(x |> Embedding(1000, 8), t)
  }`;
  const first = `model m {
    input x: f32[4, 8, 16]
    target t: i32[4]
    h = x |> Dense(12) |> sigmoid |> Dense(6)
    loss = cross_entropy(h[:, 0] |> Dense(3), t)
  }`;
  const normed = `model m {
    input x: f32[16, 8]
    target t: f32[16, 8]
    loss = mse(x |> Dense(8) |> Normed, t)
  }
  layer Normed(eps = 1e-5) (x: f32[B, C]) -> f32[B, C] {
    param gamma: f32[C] init ones
    m[c] = mean[b] x[b, c]
    v[c] = mean[b] (x[b, c] - m[c])**2
    return y[b, c] = gamma[c] * (x[b, c] - m[c]) / sqrt(v[c] + eps)
  }`;
  const hot = `model m {
    input x: i32[512]
    target t: f32[512, 8]
    loss = mse(one_hot(x, 500) |> Dense(8), t)
  }`;

  it.each([
    ['narrow-reads', 'h', first],
    ['free-factors', 'Normed_1.gamma', normed],
    ['centred-sums', 'Normed_1.m', normed],
    ['residues', 'x', convolution(2, 4)],
    ['narrow-sums', 'qkv', attention],
    ['split-axes', 'qkv', attention],
    ['one-hots', 'Dense_1.W', hot],
    ['list-positions', 'Embedding_1.W', words],
  ])('says that the pass %s changed the kernel of the adjoint of %s', (pass, value, model) => {
    const wrt = value === 'x' ? { wrt: ['x'] } : {};
    const step = explanationOf(model, wrt).steps.find((other) => other.value === value);
    const { doc } = passes.get(pass)!;
    expect(step?.kernel?.after).toContain(
      `${pass}, which ${doc[0]!.toLowerCase()}${doc.slice(1).replace(/\.$/, '')}`,
    );
  });

  it('names no pass where none changed a kernel', () => {
    const text = explanationText(explanationOf(convolution(1, 7), { wrt: ['x'] }));
    expect(text).not.toContain('after the pass');
  });

  it('prints the pass beside the kernel', () => {
    expect(explanationText(explanationOf(convolution(2, 4), { wrt: ['x'] })).replace(/\s+/g, ' ')).toContain(
      'after the pass residues, which sums over the points at which something is divisible',
    );
  });
});

describe.each(goldens)('the text for %s.nn', (name, options) => {
  const text = explanationText(explanationOf(modelText(`test/explain/${name}.nn`), options));

  it('is as before', () => {
    const file = new URL(`golden/${name}.txt`, import.meta.url);
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('is at most 100 columns wide', () => {
    expect(text.split('\n').filter((line) => [...line].length > 100)).toEqual([]);
  });
});

describe('truth', () => {
  const models = readdirSync(new URL('../../models/', import.meta.url)).filter((name) =>
    name.endsWith('.nn'),
  );

  it.each(models)('models/%s: the final equations have the values of the gradient', (name) => {
    const options = { bindings: new Map(modelText(`models/${name}`).includes('[B') ? [['B', 2]] : []) };
    const model = modelText(`models/${name}`).replaceAll('784', '12');
    // A formula of inputs has no parameter: it is differentiated by those.
    const inputs = [...model.matchAll(/^ {2}input (\w+): f32/gm)].map((match) => match[1]!);
    const wrt = /^ {2}param | [A-Z]\w*\(/m.test(model) ? {} : { wrt: inputs };
    expectTrue(model, { ...options, ...wrt });
    const { verified, steps } = explanationOf(model, { ...options, ...wrt });
    expect(verified.kind).toBe('checked');
    expect(steps.filter(({ isTarget }) => isTarget).length).toBeGreaterThan(0);
  });

  const losses = {
    mse: 'mse(z, t)',
    mae: 'mae(z, t)',
    huber: 'huber(z, t)',
    bce: 'bce(sigmoid(z), t)',
    bce_with_logits: 'bce_with_logits(z, t)',
    nll: 'nll(log_softmax(z), c)',
    cross_entropy: 'cross_entropy(z, c)',
    soft_cross_entropy: 'cross_entropy(z, t)',
    hinge: 'hinge(z, t)',
    logistic_margin: 'logistic_margin(z, t)',
    perceptron_criterion: 'perceptron_criterion(z, t)',
    kl: 'kl(softmax(t), softmax(z))',
  };

  it.each(Object.entries(losses))('%s', (_, call) => {
    const model = `model m {
  input x: f32[4, 3]
  input t: f32[4, 5]
  input c: i32[4]
  z = x |> Dense(5)
  loss = ${call}
}`;
    expectTrue(model, {});
    expect(explanationOf(model).verified.kind).toBe('checked');
  });

  it('a wrong formula is refused', () => {
    const { steps } = explanationOf(modelText('models/two_layer_sigmoid.nn'), { wrt: ['V'] });
    const { final: line } = steps.at(-1)!;
    const shape = [3, 2];
    const data = (start: number, n: number) => Float64Array.from({ length: n }, (_, k) => start + k);
    const known = new Map([
      ['d.r', { shape: [3], data: data(1, 3) }],
      ['x', { shape: [2], data: data(5, 2) }],
      ['d.V', { shape, data: Float64Array.from([5, 6, 10, 12, 15, 18]) }],
    ]);
    const check = verifier((name) => known.get(name));
    expect(check.holds(line, line.right)).toBe(true);
    expect(check.holds(line, { kind: 'number', value: 5, dtype: 'f32' })).toBe(false);
  });
});

/** The simplified derivation, evaluated by the reference and as it is printed, against the compiler's gradient. */
function expectTrue(model: string, options: Parameters<typeof explanationOf>[1]): void {
  const graph = gradientGraph(model, options);
  const backward = differentiate(graph);
  const feeds = completed(backward, new Map(), randomSource(3));
  const expected = evaluateGraph(backward, feeds).results;
  const { primal, loss, wrt } = primalOf(graph);
  const derivation = derive(primal, loss, new Set(wrt));
  const naming = { nodes: derivation.graph.nodes, inlined: derivation.inlined, adjoints: new Map() };
  const simplified = simplifySteps(derivation, naming);
  const values = evaluateGraph(simplified.graph, feeds);
  const named = new Map(simplified.graph.nodes.map(({ name }, id) => [name, values.values[id]] as const));
  let compared = 0;
  for (const [name, { data, shape }] of expected) {
    const found = values.results.get(name);
    const line = simplified.final.get(name);
    if (found === undefined || line === undefined) continue;
    const scale = Math.max(...data.map(Math.abs), 1e-12);
    for (const [k, value] of data.entries()) {
      expect(Math.abs(found.data[k]! - value) / scale, `${name} at ${k}`).toBeLessThan(1e-9);
      if (k % 7 !== 0) continue;
      const point = new Map<string, number>();
      shape.reduceRight((rest, extent, axis) => {
        point.set(line.indices[axis]!.name, rest % extent);
        return Math.floor(rest / extent);
      }, k);
      const printed = interpret(line.right, (tensor) => named.get(tensor), point);
      expect(Math.abs(printed - value) / scale, `${lineText(line)} at ${k}`).toBeLessThan(1e-9);
    }
    compared += 1;
  }
  expect(compared).toBeGreaterThan(0);
}

describe('no gradient', () => {
  const names = ['stopped', 'rounded', 'compared', 'unused', 'chosen', 'w'];
  const { unreached, steps } = explanationOf(modelText('test/explain/no_gradient.nn'), {
    bindings: five,
    wrt: names,
  });

  it('says why, and where the way ends', () => {
    const why = (name: string): string => {
      const found = unreached.find((candidate) => candidate.name === name)!;
      return [found.why, ...found.ends.map((end) => `${end.equation.left.name}: ${end.why}`)].join('\n');
    };
    expect(why('stopped')).toContain('s: stop_gradient cuts the way on purpose');
    expect(why('rounded')).toContain('y: floor is constant around almost every point');
    expect(why('compared')).toContain('y: compared only decides which branch is taken');
    expect(why('chosen')).toContain('best: argmax gives a position');
    expect(why('unused')).toBe('No equation that the loss is computed from reads unused.');
  });

  it('explains the others', () => {
    expect(unreached.map(({ name }) => name)).not.toContain('w');
    expect(steps.find(({ isTarget }) => isTarget)!.value).toBe('w');
  });
});

describe('a network of 50 residual layers', () => {
  const layers = Array.from({ length: 50 }, (_, k) => `  x${k + 1} = x${k} + (x${k} |> Dense(4) |> relu)`);
  const model = `model deep {\n  input x0: f32[2, 4]\n  target t: f32[2, 4]\n${layers.join('\n')}\n  loss = mse(x50, t)\n}`;
  const explanation = explanationOf(model, { wrt: ['Dense_1.W'] });

  it('is folded', () => {
    expect(explanation.steps.length).toBeGreaterThan(150);
    expect(explanation.folds.length).toBe(1);
    expect(explanation.folds[0]!.times).toBeGreaterThan(45);
  });

  it('reads in two minutes', () => {
    const text = explanationText(explanation);
    expect(text.split('\n').length).toBeLessThan(120);
    expect(text).toContain('are the same as steps');
    expect(text).toContain('d.Dense_1.W[o, i]  <- the gradient');
  });
});

describe('residual connections', () => {
  const model = (
    blocks: number,
    line = (k: number) => `x${k} = x${k - 1} + (x${k - 1} |> Dense(3) |> relu)`,
  ): string => {
    const lines = Array.from({ length: blocks }, (_, k) => `  ${line(k + 1)}`);
    return `model m {\n  input x0: f32[2, 3]\n  target t: f32[2, 3]\n${lines.join('\n')}\n  loss = mse(x${blocks}, t)\n}`;
  };
  const first = (text: string) =>
    explanationOf(text, { wrt: ['x0'] }).steps.find(({ value }) => value === 'x0')!;
  const branch = (k: number, o = "o'"): string => `sum[${o}] d.Dense_${k}.y[j, ${o}] * Dense_${k}.W[${o}, i]`;

  it('a chain is identity plus sum', () => {
    const { identity } = first(model(3));
    expect(identity!.blocks).toBe(3);
    expect(formulaText(identity!.right)).toBe(`d.x3[j, i] + ${branch(3)} + ${branch(2)} + ${branch(1, 'o')}`);
  });

  it('a long chain shows its first terms and its last', () => {
    expect(formulaText(first(model(7)).identity!.right)).toBe(
      `d.x7[j, i] + ${branch(7)} + ${branch(6)} + … + ${branch(1, 'o')}`,
    );
    const text = explanationText(explanationOf(model(7), { wrt: ['x0'] }));
    expect(text).toContain('identity plus sum, over 7 residual blocks');
    expect(explanationLatex(explanationOf(model(7), { wrt: ['x0'] }))).toContain('\\cdots');
  });

  it('each connection is named', () => {
    const step = explanationOf(model(2), { wrt: ['x0'] }).steps.find(({ value }) => value === 'x1')!;
    expect(step.through.flatMap(({ rules }) => rules)[0]).toBe(
      'a residual connection: the adjoint of x2 passes as it is, and what the branch sends is added',
    );
  });

  it('blocks of attention and of a perceptron after normalisation are blocks, too', () => {
    const text = `model m {
      input x0: f32[2, 3, 4]
      target t: f32[2, 3, 4]
      x1 = x0 + (x0 |> LayerNorm |> MultiHeadAttention(2))
      x2 = x1 + (x1 |> LayerNorm |> Dense(4) |> relu)
      loss = mse(x2, t)
    }`;
    expect(first(text).identity?.blocks).toBe(2);
  });

  it.each([
    [
      'a branch that is scaled at the join',
      (k: number) => `x${k} = 0.5 * x${k - 1} + (x${k - 1} |> Dense(3))`,
    ],
    ['a layer alone', (k: number) => `x${k} = x${k - 1} |> Dense(3) |> relu`],
  ])('%s is none', (_, line) => {
    const step = first(model(3, line));
    expect(step.identity).toBeUndefined();
    expect(step.through.flatMap(({ rules }) => rules).join()).not.toContain('residual');
  });

  it('a value that only two others read, which do not meet again, is none', () => {
    const text = `model m {
      input x0: f32[2, 3]
      input t: f32[2, 3]
      y = x0 + t
      z = x0 |> Dense(3)
      loss = mse(y, t) + mse(z, t)
    }`;
    expect(
      first(text)
        .through.flatMap(({ rules }) => rules)
        .join(),
    ).not.toContain('residual');
  });
});

describe('steps', () => {
  it('never show a line that changes nothing', () => {
    for (const [name, options] of goldens) {
      const { steps } = explanationOf(modelText(`test/explain/${name}.nn`), options);
      for (const { derived, changes } of steps) {
        const texts = [derived.right, ...changes.map(({ right }) => right)].map(formulaText);
        for (const [k, text] of texts.entries()) if (k > 0) expect(text).not.toBe(texts[k - 1]);
      }
    }
  });
});

describe('one example', () => {
  it('is explained by the formulas that two have', () => {
    const text = modelText('test/explain/one_channel.nn');
    const [one, two] = [1, 2].map((extent) => {
      const { steps } = explanationOf(text, { wrt: ['w'], bindings: new Map([['B', extent]]) });
      return steps.flatMap(({ through }) =>
        through.flatMap(({ equation, where }) => [equation, ...where].map(lineText)),
      );
    });
    // A mean over one example divides by nothing.
    expect(one).toEqual(two!.map((line) => line.replace(/^loss = \((.*)\) \/ 2$/, 'loss = $1')));
    const { steps } = explanationOf(text, { wrt: ['w'], bindings: new Map([['B', 1]]) });
    expect(steps.map(({ derived }) => lineText(derived))).toContain(
      'd.w[f, k, u, v] = sum[n, j, i] d.c[n, f, j, i] * x[n, k, j + u, i + v]',
    );
  });
});
