/** Random tensors: `normal[B, 64]`, `uniform[...]`, `bernoulli(p)[..., C]`, `integers(10)[B]` in, elements of a counted stream out. */

import type { Access, Expression } from '../../../grammar/ast.ts';
import { countPoints } from '../../../runtime/extents.ts';
import { constant, convert, load } from '../../scalar/build.ts';
import { constantOf, pointwise } from '../arithmetic/arithmetic.ts';
import { rowMajor } from '../arithmetic/row-major.ts';
import { type Checker, limits, report, wrong } from '../checker.ts';
import { tensorTooLarge } from '../problems/names.ts';
import { integersOfWhat, notComputable } from '../problems/values.ts';
import { lookUp, rootOf, type Scope } from '../scope.ts';
import { evaluateShape } from '../shapes/dimensions.ts';
import { call, selectElement, variableElement } from '../tensors/element.ts';
import { scalarLeaf } from '../tensors/tensors.ts';
import type { Dim, Readable } from '../typed.ts';
import { scalarValue, type TensorValue, tensorOf, unknown, type Value } from '../values.ts';

export const randomNames = ['normal', 'uniform', 'bernoulli', 'integers'] as const;

/** `uniform` is one of so many steps: more whole numbers cannot be told apart. */
const uniformSteps = 2 ** 24;

type RandomName = (typeof randomNames)[number];

interface RandomSource {
  readonly name: RandomName;
  /** The probability of a `bernoulli`, the number of `integers`. */
  readonly argument?: Expression;
}

const isRandomName = (name: string): name is RandomName => (randomNames as readonly string[]).includes(name);

/** Whether brackets after this expression draw numbers: there, `normal` is not the initialiser of that name. */
export function randomNamed(object: Expression, scope: Scope): RandomSource | undefined {
  if (object.kind === 'name' && isRandomName(object.name)) {
    return lookUp(scope, object.name) === undefined ? { name: object.name } : undefined;
  }
  if (object.kind !== 'call' || object.callee.kind !== 'name') return undefined;
  const { name } = object.callee;
  if (name !== 'bernoulli' && name !== 'integers') return undefined;
  const argument = object.arguments[0]?.value;
  return argument === undefined ? { name } : { name, argument };
}

/** Streams count from here in a step, from 0 in the initial values: the two never share numbers. */
const forwardStreams = 1_000_000;

export function drawRandom(checker: Checker, source: RandomSource, access: Access): Value {
  const dims = shapeOf(checker, access);
  const argument = source.argument === undefined ? undefined : checker.evaluate(source.argument);
  if (dims === undefined || argument?.kind === 'unknown') return unknown;
  const drawn = draw(checker, source.name === 'normal' ? 'random_normal' : 'random_uniform', dims, access);
  const at = source.argument?.span ?? access.object.span;
  switch (source.name) {
    case 'normal':
    case 'uniform':
      return drawn;
    case 'bernoulli': {
      if (argument?.kind !== 'number' && argument?.kind !== 'tensor')
        return wrong(checker, notComputable(at, 'bernoulli', argument ?? unknown));
      const limit =
        argument.kind === 'tensor'
          ? argument
          : scalarValue(constantOf(checker, argument.value, 'f32', access.object.span));
      const places = [{ at: access.span }, { at: access.object.span }];
      return pointwise(checker, 'f32', [drawn, limit], places, access.span, ([u, p]) =>
        selectElement(call('less', [u!, p!], checker.ranges), constant(1, 'f32'), constant(0, 'f32')),
      );
    }
    case 'integers': {
      const known = argument?.kind === 'number' && argument.integer;
      if (!known || argument.value < 1 || argument.value > uniformSteps)
        return wrong(checker, integersOfWhat(at, argument, uniformSteps));
      return wholeNumbers(checker, drawn, argument.value);
    }
  }
  return source.name satisfies never;
}

/** The step of each `uniform`, modulo `count`: exact, where a product with `count` would be rounded. */
function wholeNumbers(checker: Checker, drawn: TensorValue, count: number): TensorValue {
  const { ranges } = checker;
  return tensorOf(drawn.dims, 'i32', (indices) => {
    const step = call('multiply', [drawn.element(indices), constant(uniformSteps, 'f32')], ranges);
    return call('modulo', [convert(step, 'i32'), constant(count, 'i32')], ranges);
  });
}

function shapeOf(checker: Checker, access: Access): readonly Dim[] | undefined {
  const { ellipsis, shape } = rootOf(checker.scope);
  const dims = evaluateShape(checker, access.indices, ellipsis ?? shape);
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
