/** One program, four graphs: what each purpose has as results and updates, and that they agree. */
import { describe, expect, it } from 'vitest';
import { evaluate, expectClose, graphOf, modelWith, resultOf } from './lowered.ts';

const linear = (recipe: string): string =>
  `model m {
  input x: f32[B, 2]
  target t: f32[B]
  param w: f32[2] init ones
  frozen scale: f32 init 2.0
  y[b] = scale * sum[i] w[i] * x[b, i]
  loss = mse(y, t)
  metric off = mean(abs(y - t))
  output y2 = y
}
train m {
  ${recipe}
  batch 1
}
`;

const feeds = { x: [[1, 2]], t: [2], w: [1, 1], scale: 2 };
// y = 6, loss = 16, dy = 8, dw = 8 * 2 * x
const gradient = [16, 32];

describe('run', () => {
  it('has every output, loss and metric', () => {
    const graph = graphOf(linear('minimize loss with sgd()'));
    expect(graph.results.map(({ role, name }) => `${role} ${name}`)).toEqual([
      'loss loss',
      'metric off',
      'output y2',
    ]);
    expect(graph.updates).toEqual([]);
    expectClose(resultOf(linear('minimize loss with sgd()'), 'loss', feeds), [16]);
  });

  it('has no leaf that nothing needs', () => {
    const graph = graphOf(modelWith('input x: f32[2]\ninput z: f32[2]\noutput y = x'));
    expect(graph.nodes.map(({ name }) => name)).toEqual(['x']);
  });
});

describe('gradient', () => {
  it('has the loss, and the gradient of each trained parameter', () => {
    const graph = graphOf(linear('minimize loss with sgd()'), { kind: 'gradient' });
    expect(graph.results.map(({ role, name }) => `${role} ${name}`)).toEqual(['loss loss', 'gradient d.w']);
    expectClose(resultOf(linear('minimize loss with sgd()'), 'd.w', feeds, { kind: 'gradient' }), gradient);
  });

  it('takes what it is asked for: inputs and frozen parameters too', () => {
    const purpose = { kind: 'gradient', wrt: ['x', 'scale'] } as const;
    expectClose(resultOf(linear('minimize loss with sgd()'), 'd.x', feeds, purpose), [16, 16]);
    expectClose(resultOf(linear('minimize loss with sgd()'), 'd.scale', feeds, purpose), [24]);
  });

  it('takes the loss by its name', () => {
    const text = modelWith('input x: f32\nparam w: f32\nloss a = w * x\nloss b = w * w');
    expectClose(resultOf(text, 'd.w', { x: 5, w: 3 }, { kind: 'gradient', loss: 'b' }), [6]);
  });

  it('of a gradient is a second derivative', () => {
    const text = modelWith('input x: f32\nloss inner = x * x * x\ng = grad(inner, x)\nloss penalty = g * g');
    expectClose(resultOf(text, 'd.x', { x: 2 }, { kind: 'gradient', loss: 'penalty', wrt: ['x'] }), [
      2 * 12 * 12,
    ]);
  });
});

describe('train', () => {
  const step = (
    recipe: string,
    state: Record<string, number[]> = {},
    at = 1,
  ): ReadonlyMap<string, { data: Float64Array }> =>
    evaluate(graphOf(linear(recipe), { kind: 'train' }, { training: true }), { ...feeds, ...state, step: at })
      .updates;

  it('sgd', () => {
    expectClose([...step('minimize loss with sgd(lr = 0.1)').get('w')!.data], [1 - 1.6, 1 - 3.2]);
  });

  it('the state of an optimizer is written first, and then read', () => {
    const updates = step('minimize loss with momentum(lr = 0.1, gamma = 0.5)', { 'momentum.m.w': [1, 2] });
    expectClose([...updates.get('momentum.m.w')!.data], [0.5 + 1.6, 1 + 3.2]);
    expectClose([...updates.get('w')!.data], [1 - 2.1, 1 - 4.2]);
  });

  it('a schedule is one equation, and a result', () => {
    const graph = graphOf(
      linear('minimize loss with sgd(lr = exponential_decay(0.1, 0.5))'),
      { kind: 'train' },
      { training: true },
    );
    expect(graph.results.map(({ role, name }) => `${role} ${name}`)).toEqual([
      'loss loss',
      'metric off',
      'value lr',
    ]);
    const { results, updates } = evaluate(graph, { ...feeds, step: 3 });
    expectClose([...results.get('lr')!.data], [0.1 * Math.exp(-1.0)]);
    expectClose(
      [...updates.get('w')!.data],
      gradient.map((g) => 1 - 0.1 * Math.exp(-1.0) * g),
    );
  });

  it('clipping by the global norm', () => {
    const norm = Math.hypot(...gradient);
    expectClose(
      [...step('minimize loss with clip_norm(2) |> sgd(lr = 1)').get('w')!.data],
      gradient.map((g) => 1 - (g * 2) / norm),
    );
  });

  it('minimizes over the parameters that are named', () => {
    const text = `model m { input x: f32[B, 2]
  a = x |> Dense(2)
  loss la = sum(a)
  loss lb = sum(a |> Dense(1)) }
train m { minimize la over Dense_1 with sgd()
  minimize lb over Dense_2 with sgd() }`;
    const gradientsOf = (part: number): readonly string[] => {
      const { nodes } = graphOf(text, { kind: 'train', part });
      return nodes.flatMap((node) =>
        node.kind === 'gradient' ? [`${nodes[node.of]!.name} by ${nodes[node.wrt]!.name}`] : [],
      );
    };
    expect(gradientsOf(0)).toEqual(['la by Dense_1.W', 'la by Dense_1.b']);
    expect(gradientsOf(1)).toEqual(['lb by Dense_2.W', 'lb by Dense_2.b']);
  });
});

describe('init', () => {
  it('has the first value of everything that is kept, by path', () => {
    const graph = graphOf(linear('minimize loss with adam()'), { kind: 'init' });
    expect(graph.results.map(({ name }) => name)).toEqual(['w', 'scale', 'adam.m.w', 'adam.v.w']);
    const { results } = evaluate(graph, {});
    expectClose(
      [...results.get('w')!.data, ...results.get('scale')!.data, ...results.get('adam.m.w')!.data],
      [1, 1, 2, 0, 0],
    );
  });

  it('draws the same for each mode and each batch, and differently for each parameter', () => {
    const text = `model m { input x: f32[B, 3]
  output y = x |> Dense(3) |> dropout(0.5) |> Dense(3) }`;
    const draw = (training: boolean, B: number): readonly (readonly number[])[] => {
      const { results } = evaluate(graphOf(text, { kind: 'init' }, { training, set: { B } }), { key: 7 });
      return ['Dense_1.W', 'Dense_2.W'].map((path) => [...results.get(path)!.data]);
    };
    expect(draw(true, 2)).toEqual(draw(false, 5));
    expect(draw(false, 2)[0]).not.toEqual(draw(false, 2)[1]);
  });
});

describe('random tensors', () => {
  const text = modelWith(
    'input x: f32[50]\nparam w: f32 init 1.0\na = uniform[50]\nb = uniform[50]\noutput sa = a\noutput sb = b\nloss = sum(a * x) * w',
  );

  it('are the same in the graphs of different purposes', () => {
    const feeds = { x: Array.from({ length: 50 }, (_, k) => k / 50), w: 1, key: 3 };
    expectClose(resultOf(text, 'loss', feeds), resultOf(text, 'loss', feeds, { kind: 'gradient' }));
  });

  it('have a stream for each occurrence, and numbers in 0 … 1', () => {
    const feeds = { x: Array.from({ length: 50 }, () => 0), w: 1, key: 3 };
    const [a, b] = [resultOf(text, 'sa', feeds), resultOf(text, 'sb', feeds)];
    expect(a).not.toEqual(b);
    expect([...a, ...b].every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set([...a, ...b]).size).toBe(100);
  });
});

describe('provenance', () => {
  it('names the line of the user and the calls that led there', () => {
    const graph = graphOf(
      'model m {\n  input x: f32[2, 3]\n  h = x |> Dense(4)\n  output y = softmax(h)\n}\n',
    );
    const origin = (name: string): unknown => graph.nodes.find((node) => node.name === name)?.origin;
    expect(origin('h')).toEqual({
      place: { file: 'test.nn', line: 3, column: 12 },
      path: [
        { kind: 'model', name: 'm' },
        { kind: 'layer', name: 'Dense_1', of: 'Dense' },
      ],
    });
    expect(origin('softmax.e')).toEqual({
      place: { file: 'test.nn', line: 4, column: 14 },
      path: [
        { kind: 'model', name: 'm' },
        { kind: 'function', name: 'softmax', number: 1 },
      ],
    });
  });
});
