/** A name that other languages and libraries have in, what is written here in its place out. */
import { reductionNames } from '../ir/reducers.ts';

const equations = {
  product: 'a product of matrices is a sum: y[b, o] = sum[i] x[b, i] * W[o, i]',
  convolution:
    'a convolution is an equation: y[n, f, j, i] = sum[c, u, v] w[f, c, u, v] * x[n, c, j + u, i + v]',
  pooling: 'a pooling is an equation: y[n, c, j: 14, i: 14] = max[u: 2, v: 2] x[n, c, 2*j + u, 2*i + v]',
  normalisation:
    'a normalisation is a formula: (x - mean(x, over B)) / sqrt(var(x, over B) + 1e-5), and a layer of your own with it',
  gather: 'an embedding is a read: v[b, d] = E[ids[b], d]',
  length: 'lengths are the dimensions of a type, x: f32[B, C], or extent(x, 0)',
  loop: 'there are no loops: an equation runs over its indices, and repeat n { … } writes a body out',
};

/** By the name in small letters, without `_`. */
const hints: ReadonlyMap<string, string> = new Map([
  ...['conv', 'conv1d', 'conv2d', 'conv3d', 'convolution'].map(
    (name) => [name, equations.convolution] as const,
  ),
  ...['maxpool', 'maxpool2d', 'avgpool2d', 'pool'].map((name) => [name, equations.pooling] as const),
  ...['batchnorm', 'batchnorm1d', 'batchnorm2d', 'layernorm', 'groupnorm'].map(
    (name) => [name, equations.normalisation] as const,
  ),
  ...['matmul', 'mm', 'bmm', 'dot', 'einsum'].map((name) => [name, equations.product] as const),
  ...['embedding', 'gather'].map((name) => [name, equations.gather] as const),
  ...['shape', 'size', 'len'].map((name) => [name, equations.length] as const),
  ...['range', 'for', 'while'].map((name) => [name, equations.loop] as const),
  ...['linear', 'fullyconnected', 'fc'].map(
    (name) => [name, 'Dense(units) is the fully connected layer'] as const,
  ),
  ...['cat', 'concatenate', 'hstack', 'vstack'].map((name) => [name, 'write concat(a, b, over -1)'] as const),
  ...['view', 'resize'].map((name) => [name, 'write reshape(x, B, -1)'] as const),
  ...['permute', 'swapaxes'].map((name) => [name, 'write transpose(x, over (0, 2, 1))'] as const),
  ...['squeeze', 'unsqueeze', 'expanddims'].map(
    (name) => [name, 'x[:, 0] takes an axis off, and reshape(x, B, 1) adds one'] as const,
  ),
  ...['crossentropyloss', 'nllloss'].map((name) => [name, 'write cross_entropy(logits, t)'] as const),
  ['mseloss', 'write mse(y, t)'],
]);

export const foreignName = (name: string): string | undefined =>
  hints.get(name.toLowerCase().replaceAll('_', ''));

/** What is asked of a tensor behind a point elsewhere. */
export const memberHints: ReadonlyMap<string, string> = new Map([
  ['T', 'write transpose(x), or an equation: y[j, i] = x[i, j]'],
  ['shape', equations.length],
  ['grad', 'write grad(loss, x)'],
  ...['view', 'reshape'].map((name) => [name, 'write reshape(x, B, -1)'] as const),
  ...reductionNames.map((name) => [name, `write ${name}(x, over -1)`] as const),
]);
