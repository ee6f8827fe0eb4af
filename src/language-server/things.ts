/** A name's definition in, the declaration, parameter or statement that defines it out. */
import type { Declaration, Definition, File, Identifier, Parameter, Statement } from '../../grammar/ast.ts';
import { parse } from '../../grammar/index.ts';
import type { Source, Span } from '../../grammar/source.ts';
import { isOfPrelude } from './places.ts';
import { placeKey, type Reading } from './reading.ts';

/** What a name is defined by, and the declaration that it stands in. */
export type Thing = (
  | { readonly kind: 'declaration' }
  | { readonly kind: 'parameter'; readonly parameter: Parameter }
  | { readonly kind: 'extent'; readonly definition: Definition }
  | { readonly kind: 'statement'; readonly statement: Statement }
) & { readonly name: Identifier; readonly of: Declaration };

/** Undefined for an index or a dimension, which nothing but its name defines. */
export function thingAt(reading: Reading, definition: Span): Thing | undefined {
  const { source } = definition;
  const file =
    reading.files.find((one) => one.source === source) ?? (isOfPrelude(source) ? parsed(source) : undefined);
  return file && thingsIn(file).get(placeKey(definition));
}

const preludeFiles = new WeakMap<Source, File>();

function parsed(source: Source): File {
  const known = preludeFiles.get(source) ?? parse(source).file;
  preludeFiles.set(source, known);
  return known;
}

const known = new WeakMap<File, ReadonlyMap<string, Thing>>();

function thingsIn(file: File): ReadonlyMap<string, Thing> {
  const found =
    known.get(file) ??
    new Map(file.declarations.flatMap(thingsOf).map((thing) => [placeKey(thing.name.span), thing]));
  known.set(file, found);
  return found;
}

function thingsOf(of: Declaration): readonly Thing[] {
  if (of.kind === 'train') return [];
  const parameters = of.kind === 'layer' ? [...of.parameters, ...of.inputs] : of.parameters;
  const where = of.kind === 'layer' || of.kind === 'fn' ? of.where : [];
  return [
    { kind: 'declaration', name: of.name, of },
    ...parameters.map((parameter): Thing => ({ kind: 'parameter', parameter, name: parameter.name, of })),
    ...where.map((definition): Thing => ({ kind: 'extent', definition, name: definition.name, of })),
    ...statementsIn(of.body).flatMap((statement) =>
      namesOf(statement).map((name): Thing => ({ kind: 'statement', statement, name, of })),
    ),
  ];
}

/** With those inside of others, which come after them. */
export const statementsIn = (body: readonly Statement[]): readonly Statement[] =>
  body.flatMap((statement) =>
    statement.kind === 'repeat' || statement.kind === 'scan'
      ? [statement, ...statementsIn(statement.body)]
      : [statement],
  );

/** The names that stand on the left side of a statement. */
export function namesOf(statement: Statement): readonly Identifier[] {
  switch (statement.kind) {
    case 'unpack':
      return statement.lefts.map(({ name }) => name);
    case 'return':
      return statement.name === undefined ? [] : [statement.name];
    case 'assert':
    case 'freeze':
    case 'repeat':
    case 'scan':
      return [];
    case 'input':
    case 'target':
    case 'param':
    case 'frozen':
    case 'state':
    case 'let':
    case 'update':
      return [statement.name];
    default:
      return statement satisfies never;
  }
}

/** The declaration around an offset. */
export const declarationAround = ({ main }: Reading, offset: number): Declaration | undefined =>
  main.declarations.find(({ span }) => span.start < offset && offset <= span.end);
