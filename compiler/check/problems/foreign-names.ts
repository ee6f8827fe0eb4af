/** A name that other languages and libraries have in, what is written here in its place out. */
import { reductionNames } from '../../ir/reducers.ts';

const equations = {
  product: 'a product of matrices is a sum: y[b, o] = sum[i] x[b, i] * W[o, i]',
  convolution:
    'Conv1d and Conv2d convolve signals and images; any other convolution is an equation: y[n, t] = sum[u] w[u] * x[n, t + u]',
  pooling:
    'max_pool2d(x, 2) and average_pool2d(x, 2); any other pooling is an equation: y[n, i: 14] = max[u: 2] x[n, 2*i + u]',
  normalisation: 'BatchNorm, LayerNorm, GroupNorm and InstanceNorm take any number of axes',
  gather: 'a read by numbers is an equation: v[b, d] = E[ids[b], d]',
  length: 'lengths are the dimensions of a type, x: f32[B, C], or extent(x, 0)',
  axis: 'x[:, 0] takes an axis off, and reshape(x, B, 1) adds one',
  loop: 'there are no loops: an equation runs over its indices, and repeat n { … } writes a body out',
};

/** By the name in small letters, without `_`. */
const hints: ReadonlyMap<string, string> = new Map([
  ...['conv', 'conv3d', 'convolution', 'convolve'].map((name) => [name, equations.convolution] as const),
  ...['pool', 'maxpool', 'maxpool1d', 'maxpool2d', 'maxpool3d', 'avgpool', 'avgpool1d', 'avgpool2d'].map(
    (name) => [name, equations.pooling] as const,
  ),
  ...['batchnorm1d', 'batchnorm2d', 'batchnorm3d', 'layernorm1d', 'normalize'].map(
    (name) => [name, equations.normalisation] as const,
  ),
  ...['matmul', 'mm', 'bmm', 'dot', 'einsum'].map((name) => [name, equations.product] as const),
  ...['gather', 'take', 'indexselect'].map((name) => [name, equations.gather] as const),
  ...['shape', 'size', 'len'].map((name) => [name, equations.length] as const),
  ...['range', 'for', 'while'].map((name) => [name, equations.loop] as const),
  ...['linear', 'fullyconnected', 'fc'].map(
    (name) => [name, 'Dense(units) is the fully connected layer'] as const,
  ),
  ...['cat', 'concatenate', 'hstack', 'vstack'].map((name) => [name, 'write concat(a, b, over -1)'] as const),
  ...['view', 'resize'].map((name) => [name, 'write reshape(x, B, -1)'] as const),
  ...['permute', 'swapaxes'].map((name) => [name, 'write transpose(x, over (0, 2, 1))'] as const),
  ...['squeeze', 'unsqueeze', 'expanddims', 'none', 'newaxis'].map((name) => [name, equations.axis] as const),
  ...['np', 'numpy', 'torch', 'nn', 'tf', 'jnp', 'jax', 'math'].map(
    (name) => [name, 'functions stand alone: exp(x), relu(x), x |> Dense(3)'] as const,
  ),
  ...['crossentropyloss', 'nllloss'].map((name) => [name, 'write cross_entropy(logits, t)'] as const),
  ['mseloss', 'write mse(y, t)'],
]);

export const foreignName = (name: string): string | undefined =>
  hints.get(name.toLowerCase().replaceAll('_', ''));

/** What a setting of a built-in function is called elsewhere, and what is written here. */
export const argumentHints: ReadonlyMap<string, string> = new Map([
  ...['axis', 'dim', 'axes', 'dims'].map((name) => [name, 'axes stand after over: sum(x, over -1)'] as const),
  ...['keepdim', 'keepdims', 'keep_dims'].map((name) => [name, 'write keep = true'] as const),
]);

/** What is asked of a tensor behind a point elsewhere. */
export const memberHints: ReadonlyMap<string, string> = new Map([
  ['T', 'write transpose(x), or an equation: y[j, i] = x[i, j]'],
  ['shape', equations.length],
  ['grad', 'write grad(loss, x)'],
  ...['view', 'reshape'].map((name) => [name, 'write reshape(x, B, -1)'] as const),
  ...['squeeze', 'unsqueeze', 'expand_dims'].map((name) => [name, equations.axis] as const),
  ...['transpose', 'permute', 't'].map((name) => [name, 'write transpose(x)'] as const),
  ...['flatten', 'relu', 'exp', 'log', 'sqrt', 'abs'].map((name) => [name, `write ${name}(x)`] as const),
  ...reductionNames.map((name) => [name, `write ${name}(x, over -1)`] as const),
]);
