/** Where a node comes from, as text and back: `mlp.nn:7:16 mlp > Dense_2: Dense adjoint of %y at %W[o, i] by load`. */
import type { AdjointOrigin, Node, Origin, Place, Step } from './graph.ts';
import { nodeName, quoteUnless } from './names.ts';
import { isGradient } from './nodes.ts';

const bareFile = /[^\s">]+/u;
/** A step of a path: no separator, no quote, no blank at an end, and nothing like a place or a clause. */
const bareStep = /(?!adjoint\b|part\b)(?!\S+:\d+:\d+(?: |$))[^\s">]+(?: (?!adjoint\b|part\b)[^\s">]+)*/u;
const bareRule = /[^\s"]+/u;
/** Words with one blank between them, none of which begins the clause that follows. */
const bareLoad = /%[^"\s]*(?: (?!by(?: |$))[^"\s]+)*/u;
const quoted = /"(?:[^"\\]|\\.)*"/u;

/** As it stands in a path. */
export function printStep(step: Step): string {
  switch (step.kind) {
    case 'model':
      return step.name;
    case 'train':
      return `train ${step.name}`;
    case 'layer':
      return `${step.name}: ${step.of}`;
    case 'function':
      return step.number === undefined ? step.name : `${step.name}_${step.number}`;
    case 'update':
      return `${step.by} ${step.of}`;
    default:
      return step satisfies never;
  }
}

/** As one line, which tells calls of one program apart. */
export const printPath = (path: readonly Step[]): string => path.map(printStep).join(' > ');

/** What a text in a path says; a model or a recipe stands only at its beginning. */
function parseStep(text: string, isFirst: boolean): Step {
  if (isFirst) {
    const [, train] = /^train (.+)$/su.exec(text) ?? [];
    return train === undefined ? { kind: 'model', name: text } : { kind: 'train', name: train };
  }
  const [, layer, of] = /^(.+?): (.+)$/su.exec(text) ?? [];
  if (layer !== undefined) return { kind: 'layer', name: layer, of: of! };
  const [, by, parameter] = /^(.+?) (.+)$/su.exec(text) ?? [];
  if (by !== undefined) return { kind: 'update', by, of: parameter! };
  const [, name, number] = /^(.+)_([1-9]\d*)$/su.exec(text) ?? [];
  return name === undefined
    ? { kind: 'function', name: text }
    : { kind: 'function', name, number: Number(number) };
}

/** `mlp.nn:7:16 mlp > Dense_2: Dense`: where it is written and what called it; a text for each that is known. */
function whereabouts(
  { place, path }: Origin,
  bare: (pattern: RegExp, text: string) => string,
): readonly string[] {
  const where = place === undefined ? [] : [`${bare(bareFile, place.file)}:${place.line}:${place.column}`];
  const calls = path.map((step) => bare(bareStep, printStep(step))).join(' > ');
  return calls === '' ? where : [...where, calls];
}

/** Empty where nothing is known. */
export function printOrigin(origin: Origin): string {
  const { within, adjoint } = origin;
  const parts = [
    ...whereabouts(origin, quoteUnless),
    ...(within === undefined ? [] : [`part of %${quoteUnless(nodeName, within)}`]),
  ];
  if (adjoint === undefined) return parts.join(' ');
  const load = adjoint.load === undefined ? '' : ` at ${quoteUnless(bareLoad, adjoint.load)}`;
  const rule = quoteUnless(bareRule, adjoint.rule);
  return [...parts, `adjoint of %${quoteUnless(nodeName, adjoint.of)}${load} by ${rule}`].join(' ');
}

/** For people: nothing is quoted, and what the equation beside it shows is left out: the load, what it is a part of. */
export function describeOrigin(origin: Origin, { withLoad }: { readonly withLoad: boolean }): string {
  const { adjoint } = origin;
  const parts = whereabouts(origin, (_, text) => text);
  if (adjoint === undefined) return parts.join(' ');
  const load = withLoad && adjoint.load !== undefined ? ` at ${adjoint.load}` : '';
  return [...parts, `adjoint of %${adjoint.of}${load} by ${adjoint.rule}`].join(' ');
}

/** Which part of a program a node belongs to: the model, its backward part, or the recipe that trains it. */
export function partOf(node: Node): 'forward' | 'adjoint' | 'update' {
  if (isGradient(node) || node.origin.adjoint !== undefined) return 'adjoint';
  return node.origin.path[0]?.kind === 'train' ? 'update' : 'forward';
}

/** The origin of a part of a node; a part of a part is one of the whole. */
export const partOrigin = ({ name, origin }: Node): Origin => ({ ...origin, within: origin.within ?? name });

/** The names of nodes in the origins of these. */
export const namedIn = (nodes: readonly Node[]): ReadonlySet<string> =>
  new Set(
    nodes.flatMap(({ origin: { within, adjoint } }) => [
      ...(within === undefined ? [] : [within]),
      ...(adjoint === undefined ? [] : [adjoint.of, adjoint.wrt]),
    ]),
  );

/** What adjoints are called that nobody named. */
export const adjointName = (of: string): string => `d.${of}`;

/**
 * Of an equation that differentiating a node made by a rule. `read`: the node that it is the adjoint of, and where
 * the first one reads it; without it they are one.
 */
export const adjointOrigin = (
  { name, origin: { place, path } }: Node,
  rule: string,
  read?: { readonly wrt: Node; readonly load: string },
): Origin => ({
  ...(place && { place }),
  path,
  adjoint: { of: name, wrt: read?.wrt.name ?? name, ...(read && { load: read.load }), rule },
});

const either = (bare: RegExp): string => `(?:${quoted.source}|${bare.source})`;
const unquote = (text: string): string => (text.startsWith('"') ? (JSON.parse(text) as string) : text);

const placePattern = new RegExp(`^(${quoted.source}|[^\\s">]+?):(\\d+):(\\d+)(?= |$)`, 'u');
const stepPattern = new RegExp(`^${either(bareStep)}`, 'u');
const withinPattern = new RegExp(`^part of %(${either(nodeName)})(?= |$)`, 'u');
const adjointPattern = new RegExp(
  `^adjoint of %(${either(nodeName)})(?: at (${either(bareLoad)}))? by (${either(bareRule)})$`,
  'u',
);

/** The inverse of `printOrigin`; throws a SyntaxError. */
export function parseOrigin(text: string): Origin {
  let rest = text.trim();
  const takePlace = (): Place | undefined => {
    const match = placePattern.exec(rest);
    if (match === null) return undefined;
    rest = rest.slice(match[0].length).trimStart();
    return { file: unquote(match[1]!), line: Number(match[2]), column: Number(match[3]) };
  };
  const place = takePlace();
  const path: Step[] = [];
  while (rest !== '' && !/^(?:adjoint|part) of /u.test(rest)) {
    const step = stepPattern.exec(rest)?.[0];
    if (step === undefined) throw new SyntaxError(`not an origin: ${text}`);
    path.push(parseStep(unquote(step), path.length === 0));
    rest = rest.slice(step.length).trimStart();
    if (!rest.startsWith('> ')) break;
    rest = rest.slice(2).trimStart();
  }
  const part = withinPattern.exec(rest);
  if (part !== null) rest = rest.slice(part[0].length).trimStart();
  const within = part === null ? undefined : unquote(part[1]!);
  const match = rest === '' ? null : adjointPattern.exec(rest);
  if (rest !== '' && match === null) throw new SyntaxError(`not an origin: ${text}`);
  const adjoint = match === null ? undefined : parseAdjoint(match);
  return {
    ...(place && { place }),
    path,
    ...(within !== undefined && { within }),
    ...(adjoint && { adjoint }),
  };
}

/** What is read at a load is named where it begins; without one the node is its own. */
function parseAdjoint([, first, at, rule]: RegExpExecArray): AdjointOrigin {
  const of = unquote(first!);
  if (at === undefined) return { of, wrt: of, rule: unquote(rule!) };
  const load = unquote(at);
  const wrt = new RegExp(`^%(${nodeName.source})`, 'u').exec(load)?.[1];
  return { of, wrt: wrt ?? of, load, rule: unquote(rule!) };
}
