/** A file that was read in; what is wrong with it, and what each expression is, out: of a text that is wrong somewhere, in the rest. */
import { check } from '../../compiler/check/index.ts';
import type { FreeDimension, Tensor } from '../../compiler/check/typed.ts';
import type { Value } from '../../compiler/check/values.ts';
import type { File } from '../../grammar/ast.ts';
import { type Diagnostic, hasErrors, sortDiagnostics } from '../../grammar/diagnostic.ts';
import type { Span } from '../../grammar/source.ts';
import { prelude } from '../model/prelude.ts';
import { placeKey, type Reading } from './reading.ts';

export interface Checking {
  readonly diagnostics: readonly Diagnostic[];
  /** What an expression or a name at this place is, in each expansion of the body that it is in. */
  readonly valuesAt: (at: Span) => readonly Found[];
  /** The smallest expression around an offset of the main file of which something is known. */
  readonly expressionAround: (offset: number) => Span | undefined;
}

export interface Found {
  readonly value: Value;
  readonly run: Run;
}

/** What one model is, in one mode and with one recipe. */
export interface Run {
  readonly tensors: readonly Tensor[];
  readonly dimensions: readonly FreeDimension[];
}

/** So many expansions of one place are kept: a network has hundreds of equal ones. */
const mostValues = 8;

export function checkReading({ parsed, main, files }: Reading): Checking {
  const diagnostics = [...parsed.diagnostics];
  const input = { main, files: parsed.used, prelude: prelude(), broken: hasErrors(diagnostics) };
  const sources = new Set(files.map(({ source }) => source));
  const values = new Map<string, { readonly at: Span; readonly found: Found[] }>();
  for (const choice of choicesOf(main)) {
    const run: { -readonly [Key in keyof Run]: Run[Key] } = { tensors: [], dimensions: [] };
    const checked = check(input, {
      ...choice,
      bindings: new Map(),
      observer: {
        value: (at, value) => {
          if (value.kind === 'unknown' || !sources.has(at.source)) return;
          const known = values.get(placeKey(at));
          if (known === undefined) values.set(placeKey(at), { at, found: [{ value, run }] });
          else if (known.found.length < mostValues) known.found.push({ value, run });
        },
        made: (made) => {
          Object.assign(run, made);
        },
      },
    });
    diagnostics.push(...checked.diagnostics);
  }
  const inMain = [...values.values()].map(({ at }) => at).filter(({ source }) => source === main.source);
  return {
    diagnostics: sortDiagnostics(diagnostics.filter((problem) => !isOfLibrary(main, problem))),
    valuesAt: (at) => values.get(placeKey(at))?.found ?? [],
    expressionAround: (offset) => smallest(inMain, offset),
  };
}

interface Choice {
  readonly model?: string;
  readonly recipe?: string;
  readonly training: boolean;
}

/** Every model with each of its recipes, and evaluated: a branch of `if training` may be wrong in one mode only. */
function choicesOf({ declarations }: File): readonly Choice[] {
  const models = declarations.flatMap((one) => (one.kind === 'model' ? [one.name.name] : []));
  if (models.length === 0) return [{ training: false }];
  return models.flatMap((model) => {
    const recipes = declarations.flatMap((one) =>
      one.kind === 'train' && one.model.name === model
        ? [one.name === undefined ? {} : { recipe: one.name.name }]
        : [],
    );
    const trained = recipes.length === 0 ? [{}] : recipes;
    return [{ model, training: false }, ...trained.map((recipe) => ({ model, ...recipe, training: true }))];
  });
}

/** A file of layers for other files has no model, and needs none. */
const isOfLibrary = ({ declarations }: File, { code }: Diagnostic): boolean =>
  code === 'NN231' && declarations.length > 0;

function smallest(places: readonly Span[], offset: number): Span | undefined {
  let best: Span | undefined;
  for (const at of places) {
    if (at.start > offset || offset > at.end) continue;
    if (best === undefined || at.end - at.start < best.end - best.start) best = at;
  }
  return best;
}
