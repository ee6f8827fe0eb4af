/** Where a node comes from, as text and back: `mlp.nn:7:16 mlp > Dense_2: Dense adjoint of %y at %W[o, i] by load`. */
import type { Origin, Place } from './graph.ts';
import { nodeName, quoteUnless } from './names.ts';

const bareFile = /[^\s">]+/u;
/** A step of a path: no separator, no quote, no blank at an end, and nothing like a place or an adjoint's clause. */
const bareStep = /(?!adjoint\b)(?!\S+:\d+:\d+(?: |$))[^\s">]+(?: (?!adjoint\b)[^\s">]+)*/u;
const bareRule = /[^\s"]+/u;
const quoted = /"(?:[^"\\]|\\.)*"/u;

/** Empty where nothing is known. */
export function printOrigin({ place, path, adjoint }: Origin): string {
  const parts: string[] = [];
  if (place !== undefined) parts.push(`${quoteUnless(bareFile, place.file)}:${place.line}:${place.column}`);
  if (path.length > 0) parts.push(path.map((step) => quoteUnless(bareStep, step)).join(' > '));
  if (adjoint !== undefined) {
    const load = adjoint.load === undefined ? '' : ` at ${quoteUnless(/%(?:(?! by )[^"])*/u, adjoint.load)}`;
    parts.push(
      `adjoint of %${quoteUnless(nodeName, adjoint.of)}${load} by ${quoteUnless(bareRule, adjoint.rule)}`,
    );
  }
  return parts.join(' ');
}

const either = (bare: RegExp): string => `(?:${quoted.source}|${bare.source})`;
const unquote = (text: string): string => (text.startsWith('"') ? (JSON.parse(text) as string) : text);

const placePattern = new RegExp(`^(${quoted.source}|[^\\s">]+?):(\\d+):(\\d+)(?= |$)`, 'u');
const stepPattern = new RegExp(`^${either(bareStep)}`, 'u');
const adjointPattern = new RegExp(
  `^adjoint of %(${either(nodeName)})(?: at (${quoted.source}|%(?:(?! by )[^"])*))? by (${either(bareRule)})$`,
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
  const path: string[] = [];
  while (rest !== '' && !rest.startsWith('adjoint of ')) {
    const step = stepPattern.exec(rest)?.[0];
    if (step === undefined) throw new SyntaxError(`not an origin: ${text}`);
    path.push(unquote(step));
    rest = rest.slice(step.length).trimStart();
    if (!rest.startsWith('> ')) break;
    rest = rest.slice(2).trimStart();
  }
  const match = rest === '' ? null : adjointPattern.exec(rest);
  if (rest !== '' && match === null) throw new SyntaxError(`not an origin: ${text}`);
  return {
    ...(place === undefined ? {} : { place }),
    path,
    ...(match === null
      ? {}
      : {
          adjoint: {
            of: unquote(match[1]!),
            ...(match[2] === undefined ? {} : { load: unquote(match[2]) }),
            rule: unquote(match[3]!),
          },
        }),
  };
}
