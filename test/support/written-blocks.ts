/** Statements of blocks: layers that take layers or functions, repeated, shared, in one another; settings for each axis; several results. */
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { array, element } from './arrays.ts';
import { drawn, fresh, know, type Motif, ofRank, type Scope } from './written-scope.ts';

/** Something that can be applied: its text, and what it does. */
interface Block {
  readonly text: string;
  readonly apply: (x: Tensor64) => Tensor64;
}

const mapped = (x: Tensor64, f: (value: number) => number): Tensor64 =>
  array(x.shape, (at) => f(element(x, at)));

/** tanh(scale * x + W x) along the last axis. */
function mixed(x: Tensor64, w: Tensor64, scale: number): Tensor64 {
  return array(x.shape, (at) => {
    let sum = scale * element(x, at);
    for (let i = 0; i < x.shape.at(-1)!; i++)
      sum += element(w, [at.at(-1)!, i]) * element(x, [...at.slice(0, -1), i]);
    return Math.tanh(sum);
  });
}

/** A layer with weights of its own; gives its name. */
function mix(scope: Scope): string {
  const name = fresh(scope, 'M');
  scope.definitions.push(`layer ${name}(scale = 1.0) (x: f32[..., I]) -> f32[..., I] {
  param w: f32[I, I] init zeros
  return y[..., o] = tanh(scale * x[..., o] + sum[i] w[o, i] * x[..., i])
}`);
  return name;
}

/** A layer that takes a layer or a function. */
function around(scope: Scope): (inner: Block) => Block {
  const name = fresh(scope, 'A');
  scope.definitions.push(`layer ${name}(f) (x) {\n  return 0.5 * x + f(x)\n}`);
  return ({ text, apply }) => ({
    text: `${name}(${text})`,
    apply: (x) => {
      const inner = apply(x);
      return array(x.shape, (at) => 0.5 * element(x, at) + element(inner, at));
    },
  });
}

/** Blocks one after the other, with weights of their own or shared ones. */
const stack: Motif = (scope) => {
  const { random, lines, feeds } = scope;
  const of = ofRank(scope, 1, 3);
  const width = of.value.shape.at(-1)!;
  const layer = mix(scope);
  const wrap = around(scope);
  const passes = random.integer(0, 3);
  const kind = random.pick(['own', 'own', 'shared', 'function'] as const);
  const scale = random.pick([0.5, 1]);
  const settings = scale === 1 ? '' : `scale = ${scale}`;
  const shared = `e_${layer}`;
  const weights = new Map<string, Tensor64>();
  const weightsOf = (path: string): Tensor64 => {
    const known = weights.get(path) ?? drawn(scope, [width, width]);
    weights.set(path, known);
    return known;
  };
  if (kind === 'shared') lines.push(`${shared} = ${layer}(${settings})`);
  const levels = random.integer(0, 2);
  const blockOf = (pass: number): Block => {
    const path = kind === 'shared' ? shared : `${layer}_${pass}`;
    let block: Block =
      kind === 'function'
        ? { text: levels === 0 ? 'sin' : 'wave', apply: (x) => mapped(x, Math.sin) }
        : {
            text: kind === 'shared' ? shared : `${layer}(${settings})`,
            apply: (x) => mixed(x, weightsOf(path), scale),
          };
    for (let k = 0; k < levels; k++) block = wrap(block);
    return block;
  };
  if (kind === 'function' && levels > 0 && !scope.definitions.includes(wave)) scope.definitions.push(wave);
  const name = fresh(scope, 'h');
  lines.push(`${name} = ${of.name}`);
  lines.push(`repeat ${passes} { ${name} = ${name} |> ${blockOf(1).text} }`);
  let value = of.value;
  for (let pass = 1; pass <= passes; pass++) value = blockOf(pass).apply(value);
  for (const [path, weight] of weights) feeds.set(`${path}.w`, weight);
  know(scope, name, value);
};

const wave = 'fn wave(x) = sin(x)';

/** A value with the name of the instance that makes it. */
const sameName: Motif = (scope) => {
  const { lines, feeds } = scope;
  const of = ofRank(scope, 1, 2);
  const width = of.value.shape.at(-1)!;
  const layer = mix(scope);
  const name = fresh(scope, 's');
  const w = drawn(scope, [width, width]);
  lines.push(`${name} = ${layer}()`, `${name} = ${of.name} |> ${name}`, `${name}_2 = ${name} |> ${name}`);
  feeds.set(`${name}.w`, w);
  const once = mixed(of.value, w, 1);
  know(scope, name, once);
  know(scope, `${name}_2`, mixed(once, w, 1));
};

/** Windows with a size, a step and a padding for each axis: the largest, or where kinks are not wanted, the sum. */
const pool: Motif = (scope) => {
  const { random, definitions, lines, smooth } = scope;
  const of = ofRank(scope, 2);
  const lengths = of.value.shape;
  const fn = fresh(scope, 'P');
  const read = `(x[j*stride[0] + u - pad[0], i*stride[1] + v - pad[1]] else ${smooth ? '0' : '-inf'})`;
  definitions.push(`fn ${fn}(x: f32[H, W], size: int[2] = 2, stride: int[2] = size, pad: int[2] = 0) -> f32[OH, OW]
  where OH = (H + 2*pad[0] - size[0]) / stride[0] + 1, OW = (W + 2*pad[1] - size[1]) / stride[1] + 1 {
  return y[j, i] = ${smooth ? 'sum' : 'max'}[u: size[0], v: size[1]] ${read}
}`);
  const size = lengths.map((length) => random.integer(1, Math.min(3, length)));
  const stride = lengths.map((_, k) => (random.chance(0.4) ? size[k]! : random.integer(1, 3)));
  const pad = size.map((length) => random.integer(0, length - 1));
  const said = (list: readonly number[]): string =>
    list[0] === list[1] && random.chance(0.5) ? `${list[0]}` : `(${list.join(', ')})`;
  const name = fresh(scope, 'w');
  lines.push(`${name} = ${fn}(${of.name}, ${said(size)}, stride = ${said(stride)}, pad = ${said(pad)})`);
  const shape = lengths.map((length, k) => Math.floor((length + 2 * pad[k]! - size[k]!) / stride[k]!) + 1);
  const value = array(shape, (at) => {
    let sum = 0;
    let most = -Infinity;
    for (let u = 0; u < size[0]!; u++) {
      for (let v = 0; v < size[1]!; v++) {
        const from = [at[0]! * stride[0]! + u - pad[0]!, at[1]! * stride[1]! + v - pad[1]!];
        if (from.some((p, k) => p < 0 || p >= lengths[k]!)) continue;
        sum += element(of.value, from);
        most = Math.max(most, element(of.value, from));
      }
    }
    return smooth ? sum : most;
  });
  know(scope, name, value);
};

/** A function with two results, of which one may be left out. */
const two: Motif = (scope) => {
  const { random, definitions, lines } = scope;
  const of = ofRank(scope, 1, 3);
  const fn = fresh(scope, 'D');
  definitions.push(`fn ${fn}(x: f32[..., C]) {\n  m[...] = mean[c] x[..., c]\n  return (cos(x), 0.5 * m)\n}`);
  const wanted = random.pick(['both', 'first', 'second'] as const);
  const names = [`${fn}_a`, `${fn}_b`];
  const left = names.map((name, k) => (wanted === (k === 0 ? 'second' : 'first') ? '_' : name));
  lines.push(`(${left.join(', ')}) = ${random.chance(0.5) ? `${fn}(${of.name})` : `${of.name} |> ${fn}`}`);
  if (wanted !== 'second') know(scope, names[0]!, mapped(of.value, Math.cos));
  if (wanted === 'first') return;
  const { shape } = of.value;
  const mean = array(shape.slice(0, -1), (at) => {
    let sum = 0;
    for (let c = 0; c < shape.at(-1)!; c++) sum += element(of.value, [...at, c]);
    return (0.5 * sum) / shape.at(-1)!;
  });
  know(scope, names[1]!, mean);
};

export const blocks: readonly Motif[] = [stack, stack, sameName, pool, two];
