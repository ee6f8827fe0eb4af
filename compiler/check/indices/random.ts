/** Random tensors: `normal[B, 64]`, `uniform[...]`, `bernoulli(p)[..., C]` in, elements of a counted stream out. */

import type { Access, Expression } from '../../../grammar/ast.ts';
import { countPoints } from '../../../runtime/extents.ts';
import { constant, load } from '../../scalar/build.ts';
import { constantOf, pointwise } from '../arithmetic/arithmetic.ts';
import { rowMajor } from '../arithmetic/row-major.ts';
import { type Checker, limits, report, wrong } from '../checker.ts';
import { tensorTooLarge } from '../problems/names.ts';
import { notComputable } from '../problems/values.ts';
import { lookUp, rootOf, type Scope } from '../scope.ts';
import { evaluateShape } from '../shapes/dimensions.ts';
import { call, selectElement, variableElement } from '../tensors/element.ts';
import { scalarLeaf } from '../tensors/tensors.ts';
import type { Dim, Readable } from '../typed.ts';
import { scalarValue, type TensorValue, tensorOf, unknown, type Value } from '../values.ts';

export const randomNames = ['normal', 'uniform', 'bernoulli'] as const;

type RandomName = (typeof randomNames)[number];

interface RandomSource {
  readonly name: RandomName;
  /** The probability of a `bernoulli`. */
  readonly argument?: Expression;
}

const isRandomName = (name: string): name is RandomName => (randomNames as readonly string[]).includes(name);

/** Whether brackets after this expression draw numbers: there, `normal` is not the initialiser of that name. */
export function randomNamed(object: Expression, scope: Scope): RandomSource | undefined {
  if (object.kind === 'name' && isRandomName(object.name)) {
    return lookUp(scope, object.name) === undefined ? { name: object.name } : undefined;
  }
  if (object.kind !== 'call' || object.callee.kind !== 'name' || object.callee.name !== 'bernoulli')
    return undefined;
  const argument = object.arguments[0]?.value;
  return argument === undefined ? { name: 'bernoulli' } : { name: 'bernoulli', argument };
}

/** Streams count from here in a step, from 0 in the initial values: the two never share numbers. */
const forwardStreams = 1_000_000;

export function drawRandom(checker: Checker, source: RandomSource, access: Access, scope: Scope): Value {
  const dims = shapeOf(checker, access, scope);
  const probability = source.argument === undefined ? undefined : checker.evaluate(source.argument, scope);
  if (dims === undefined || probability?.kind === 'unknown') return unknown;
  const drawn = draw(checker, source.name === 'normal' ? 'random_normal' : 'random_uniform', dims, access);
  if (source.name !== 'bernoulli') return drawn;
  if (probability?.kind !== 'number' && probability?.kind !== 'tensor') {
    const at = source.argument?.span ?? access.object.span;
    return wrong(checker, notComputable(at, 'bernoulli', probability ?? unknown));
  }
  const limit =
    probability.kind === 'tensor'
      ? probability
      : scalarValue(constantOf(checker, probability.value, 'f32', access.object.span));
  const places = [{ at: access.span }, { at: access.object.span }];
  return pointwise(checker, 'f32', [drawn, limit], places, access.span, ([u, p]) =>
    selectElement(call('less', [u!, p!], checker.ranges), constant(1, 'f32'), constant(0, 'f32')),
  );
}

function shapeOf(checker: Checker, access: Access, scope: Scope): readonly Dim[] | undefined {
  const { ellipsis, shape } = rootOf(scope);
  const dims = evaluateShape(checker, access.indices, scope, ellipsis ?? shape);
  const all = [...checker.steps, ...(dims ?? [])];
  if (countPoints(all) <= limits.elements) return dims;
  return report(checker, tensorTooLarge(access.span, all, limits.elements));
}

/** Each occurrence, in each expansion, has a stream of its own; the counter is the element's position. */
function draw(
  checker: Checker,
  fn: 'random_normal' | 'random_uniform',
  dims: readonly Dim[],
  access: Access,
): TensorValue {
  const { drawing } = checker;
  const first = drawing === 'forward' ? forwardStreams : 0;
  const stream = constant(first + checker.counts.streams[drawing]++, 'u32');
  const key = load<Readable>(scalarLeaf(checker, 'key', access.span), 'u32', []);
  const { steps } = checker;
  const around = steps.map(variableElement);
  return tensorOf(dims, 'f32', (indices) => {
    const position = rowMajor(checker, [...steps, ...dims], [...around, ...indices]);
    return call(fn, [key, stream, position], checker.ranges);
  });
}
