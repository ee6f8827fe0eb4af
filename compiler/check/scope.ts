/** Names in force at one place of an expansion: parameters, dimensions, `let`s and index variables. */
import type { Expression } from '../../grammar/ast.ts';
import type { Dim, Element, LeafTensor, Parameter, StateUpdate } from './typed.ts';
import type { Home, InstanceValue, Value } from './values.ts';

export type ScopeKind = 'model' | 'layer' | 'fn' | 'optimizer' | 'recipe' | 'initial';

export interface Scope extends Home {
  readonly kind: ScopeKind;
  readonly names: Map<string, Value>;
  /** An equation or a reduction inside: its indices are looked up first. */
  readonly parent?: Scope;
  /** What `...` stands for in an access here; set in an equation. */
  readonly ellipsisIndices?: readonly Element[];
  /** What `...` stands for in a type here, once known. */
  ellipsis: readonly Dim[] | undefined;
  /** In an `init` or an optimizer, and in functions called there: the shape of the whole parameter. */
  readonly shape: readonly Dim[] | undefined;
  /** What names of tensors made here begin with: `Dense_1.` or ``; unlike `path`, with functions. */
  readonly prefix: string;
  /** What they end with: in an optimizer, the path of the parameter. */
  readonly suffix: string;
  /** Prelude text sees only the prelude. */
  readonly fromPrelude: boolean;
  /** Instances by name: they keep it where a value gets it too. */
  readonly instances: Map<string, InstanceValue>;
  /** Objects of accesses that were evaluated early, to learn extents. */
  readonly evaluated: Map<Expression, Value>;
  /** The extents that the declared type says the result has. */
  readonly result: readonly Dim[] | undefined;
  /** What `<-` may write, by name. */
  readonly writable: Map<string, LeafTensor>;
  /** Where what is declared and written here is kept. */
  readonly owned: { readonly parameters: Parameter[]; readonly updates: StateUpdate[] };
}

/** What the names of a new body may begin with. */
export type Settings = Partial<Pick<Scope, 'prefix' | 'suffix' | 'path' | 'fromPrelude' | 'shape' | 'owned'>>;

/** The names of a body, none yet, in the expansion that was begun last. */
export const newScope = (
  found: Scope['owned'] & { readonly counts: { readonly expansions: number } },
  kind: ScopeKind,
  given: Settings = {},
): Scope => ({
  kind,
  expansion: found.counts.expansions,
  names: new Map(),
  instances: new Map(),
  writable: new Map(),
  ellipsis: undefined,
  shape: undefined,
  prefix: '',
  suffix: '',
  path: '',
  inline: new Map(),
  repeated: false,
  fromPrelude: false,
  evaluated: new Map(),
  result: undefined,
  owned: found,
  ...given,
});

/** What a tensor that the body calls `name` is called in the whole program. */
export const nameIn = ({ prefix, suffix }: Scope, name: string): string => `${prefix}${name}${suffix}`;

export function lookUp(scope: Scope, name: string): Value | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const value = at.names.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The indices that `...` stands for, from the innermost equation or reduction that binds it. */
export function ellipsisIndices(scope: Scope): readonly Element[] | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (at.ellipsisIndices !== undefined) return at.ellipsisIndices;
  }
  return undefined;
}

/** Counts the uses of a declaration in a body, from 1. */
export function nextNumber({ inline }: Home, name: string): number {
  const number = (inline.get(name) ?? 0) + 1;
  inline.set(name, number);
  return number;
}

/** The scope of the expansion: the outermost one. */
export function rootOf(scope: Scope): Scope {
  let at = scope;
  while (at.parent !== undefined) at = at.parent;
  return at;
}

/** A scope inside, with names of its own, for the indices of an equation or a reduction. */
export const within = (
  parent: Scope,
  names: ReadonlyMap<string, Value>,
  ellipsis?: readonly Element[],
): Scope => {
  const root = rootOf(parent);
  return {
    ...root,
    names: new Map(names),
    parent,
    ...(ellipsis === undefined ? {} : { ellipsisIndices: ellipsis }),
  };
};

/** All names that can be meant at a place, for `did you mean`. */
export function namesIn(scope: Scope): readonly string[] {
  const names: string[] = [];
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) names.push(...at.names.keys());
  return names;
}
