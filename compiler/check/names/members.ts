/** Instances and calls in; the layer that something is an instance of, and the parameters that a call has, out. */
import type { Expression, Identifier, Layer, Member, Parameter, Statement } from '../../../grammar/ast.ts';
import { type Declarations, find } from '../declarations.ts';
import { definedIn } from '../syntax.ts';

/** What is known where the expression stands. */
export interface Known {
  readonly declarations: Declarations;
  readonly fromPrelude: boolean;
  /** Of an instance with this name. */
  readonly layerNamed: (name: string) => Layer | undefined;
}

/** `Dense_1` is the first `Dense` that has no name of its own, `enc_1` the `enc` of the first pass of a `repeat`. */
export const inlineName = (name: string): string | undefined => name.match(/^(.+)_\d+$/)?.[1];

/** The layer of `Dense(8)`; undefined where the value is no instance. */
export function layerMadeBy(known: Omit<Known, 'layerNamed'>, value: Expression): Layer | undefined {
  if (value.kind !== 'call' || value.callee.kind !== 'name') return undefined;
  const declared = find(known.declarations, value.callee.name, known.fromPrelude);
  return declared?.kind === 'layer' ? declared : undefined;
}

/** The layer of `enc`, `Dense_1`, `enc.inner` or `Dense(8)`. */
function layerOf(known: Known, value: Expression): Layer | undefined {
  switch (value.kind) {
    case 'name':
      return known.layerNamed(value.name) ?? inlineLayer(known, value.name);
    case 'member': {
      const outer = layerOf(known, value.object);
      if (outer === undefined) return undefined;
      const made = statementsIn(outer.body).find(
        (statement) => statement.kind === 'let' && statement.name.name === value.name.name,
      );
      return made?.kind === 'let' ? layerMadeBy(known, made.value) : inlineLayer(known, value.name.name);
    }
    default:
      return layerMadeBy(known, value);
  }
}

function inlineLayer({ declarations, fromPrelude }: Known, name: string): Layer | undefined {
  const own = inlineName(name);
  const declared = own === undefined ? undefined : find(declarations, own, fromPrelude);
  return declared?.kind === 'layer' ? declared : undefined;
}

const statementsIn = (body: readonly Statement[]): readonly Statement[] =>
  body.flatMap((statement) =>
    statement.kind === 'repeat' ? [statement, ...statementsIn(statement.body)] : [statement],
  );

/** Where the layer defines what `enc.W` means. */
export function memberOf(known: Known, { object, name }: Member): Identifier | undefined {
  const layer = layerOf(known, object);
  const members = layer === undefined ? [] : statementsIn(layer.body).flatMap(definedIn);
  return members.find((member) => member.name === name.name);
}

/** What an instance has by name. */
export function membersOf(known: Known, object: Expression): readonly Identifier[] {
  const layer = layerOf(known, object);
  return layer === undefined ? [] : statementsIn(layer.body).flatMap(definedIn);
}

/** The parameters that `name = value` may mean in a call of it. */
export function parametersOf(known: Known, callee: Expression): readonly Parameter[] {
  const { declarations, fromPrelude } = known;
  const declared = callee.kind === 'name' ? find(declarations, callee.name, fromPrelude) : undefined;
  if (declared?.kind === 'layer') return [...declared.parameters, ...declared.inputs];
  return declared?.parameters ?? layerOf(known, callee)?.inputs ?? [];
}
