/** The files of a program in, its declarations by name out: the user's hide those of the prelude. */
import type { Declaration, File, Fn, Layer, Model, Optimizer, Train } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { Source } from '../../grammar/source.ts';
import { declaredTwice } from './problems/names.ts';

export type Named = Model | Fn | Layer | Optimizer;

/** Declarations that every program may name. It asks for few of many: each is parsed when it is found first. */
export interface Library {
  readonly sources: readonly Source[];
  readonly names: readonly string[];
  readonly find: (name: string) => Named | undefined;
}

export interface Declarations {
  readonly user: ReadonlyMap<string, Named>;
  readonly prelude: Library;
  readonly trains: readonly Train[];
  /** Of the main file, in order. */
  readonly models: readonly Model[];
}

const isNamed = (declaration: Declaration): declaration is Named => declaration.kind !== 'train';

function collect(files: readonly File[], diagnostics: Diagnostic[]): ReadonlyMap<string, Named> {
  const found = new Map<string, Named>();
  for (const declaration of files.flatMap((file) => file.declarations).filter(isNamed)) {
    const { name, span } = declaration.name;
    const first = found.get(name);
    if (first === undefined) found.set(name, declaration);
    else diagnostics.push(declaredTwice(span, name, first.name.span));
  }
  return found;
}

export function declarationsOf(
  main: File,
  used: readonly File[],
  prelude: Library,
  diagnostics: Diagnostic[],
): Declarations {
  const files = [main, ...used];
  return {
    user: collect(files, diagnostics),
    prelude,
    trains: files.flatMap((file) => file.declarations).filter((d): d is Train => d.kind === 'train'),
    models: main.declarations.filter((d): d is Model => d.kind === 'model'),
  };
}

/**
 * Prelude text sees only the prelude, so that a user's `relu` changes nothing inside `softmax`. A model may have the name
 * of a function there: nothing calls a model.
 */
export function find(declarations: Declarations, name: string, fromPrelude: boolean): Named | undefined {
  const own = fromPrelude ? undefined : declarations.user.get(name);
  return own === undefined || own.kind === 'model' ? (declarations.prelude.find(name) ?? own) : own;
}

/** What the author of a text declares. */
export const ownNames = (declarations: Declarations, fromPrelude: boolean): readonly string[] =>
  fromPrelude ? [] : [...declarations.user.keys()];
