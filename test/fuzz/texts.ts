/** A seed in; one of the project's `.nn` texts with some of its words or parts deleted, doubled or exchanged, out. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from '../../grammar/index.ts';
import { preludeSources } from '../../src/model/prelude-sources.ts';
import { documented } from '../grammar/documented.ts';
import { functionProbes, modelOf } from '../prelude/probe-model.ts';
import { type RandomSource, randomSource } from '../support/random.ts';

const filesIn = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8').split('// ---- says')[0]!);

const examplesIn = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^```nn.*\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);

const declarationStart = /\n(?=\/\/\/|(?:fn|layer|optimizer|model|train) )/;

/** Each definition of the prelude beside a model that calls it: there its body is checked. */
function calledDefinitions(): readonly string[] {
  const definitions = preludeSources().flatMap(({ text }) => text.split(declarationStart));
  return functionProbes.flatMap((probe) => {
    const own = definitions.find((text) => new RegExp(`^(?:fn|layer) ${probe.of}\\b`, 'm').test(text));
    return own === undefined ? [] : [`${own}\n${modelOf(probe)}`];
  });
}

/** Files as people write them, right ones and wrong ones. */
export const texts: readonly string[] = [
  ...filesIn('models', '.nn'),
  ...filesIn('test/explain', '.nn'),
  ...filesIn('test/golden/problems', '.nn'),
  ...[...filesIn('docs', '.md'), readFileSync('README.md', 'utf8')].flatMap(examplesIn),
  ...documented,
  ...calledDefinitions(),
];

const pattern =
  /[A-Za-z_]\w*|\d+(?:\.\d+)?(?:e[-+]?\d+)?|"[^"\n]*"|\/\/.*|\|>|<-|->|\*\*|[<>=!]=|\.\.\.|\s+|\S/g;

const wordsOf = (text: string): readonly string[] => text.match(pattern) ?? [];

const vocabulary: readonly string[] = [...new Set(texts.flatMap(wordsOf))];

/** What stands in a text where the syntax tree has a node, by the field that holds it: `value`, `dimensions`. */
interface Part {
  readonly field: string;
  readonly start: number;
  readonly end: number;
}

function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  const visit = (node: unknown, field: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const one of node) visit(one, field);
      return;
    }
    const { span, ...rest } = node as { readonly span?: { readonly start: number; readonly end: number } };
    if (span !== undefined && span.end > span.start) parts.push({ field, start: span.start, end: span.end });
    for (const [name, inner] of Object.entries(rest)) if (name !== 'source') visit(inner, name);
  };
  visit(parse({ name: '', text }).file.declarations, 'declarations');
  return parts;
}

const textOf = (text: string, { start, end }: Part): string => text.slice(start, end);

/** What stands in all texts, by field. */
const stock = new Map<string, Set<string>>();
for (const text of texts) {
  for (const part of partsOf(text)) {
    stock.set(part.field, (stock.get(part.field) ?? new Set()).add(textOf(text, part)));
  }
}
const stocked: ReadonlyMap<string, readonly string[]> = new Map(
  [...stock].map(([field, all]) => [field, [...all]]),
);

/** Exchanges a node for another that is held by a field of that name, here or in any text: mostly still good syntax. */
function exchanged(text: string, random: RandomSource): string {
  const parts = partsOf(text);
  if (parts.length === 0) return text;
  const part = random.pick(parts);
  const here = parts.filter(({ field }) => field === part.field).map((other) => textOf(text, other));
  const other = random.pick(random.chance(0.6) ? here : (stocked.get(part.field) ?? here));
  const kept = random.chance(0.2) ? [textOf(text, part), '\n'] : [];
  return text.slice(0, part.start) + [...kept, other].join('') + text.slice(part.end);
}

type Change = (words: readonly string[], at: number, random: RandomSource) => readonly string[];

const changes: readonly Change[] = [
  // Deleted, one or several.
  (words, at) => words.toSpliced(at, 1),
  (words, at, random) => words.toSpliced(at, random.integer(2, 6)),
  // Doubled.
  (words, at) => words.toSpliced(at, 0, words[at]!),
  (words, at, random) => words.toSpliced(at, 0, ...words.slice(at, at + random.integer(2, 12))),
  // Exchanged with its neighbour, or for any other.
  (words, at) => words.toSpliced(at, 2, ...words.slice(at, at + 2).reverse()),
  (words, at, random) => words.with(at, random.pick(words)),
  (words, at, random) => words.with(at, random.pick(vocabulary)),
];

const cuts: readonly Change[] = [(words, at) => words.slice(0, at), (words, at) => words.slice(at)];

function withWordsChanged(text: string, random: RandomSource): string {
  const words = wordsOf(text);
  const places = words.flatMap((word, at) => (/^(?:\s|\/\/)/.test(word) ? [] : [at]));
  if (places.length === 0) return text;
  const change = random.pick(random.chance(0.1) ? cuts : changes);
  return change(words, random.pick(places), random).join('');
}

/** The same text for the same seed. */
export function changedText(seed: number): string {
  const random = randomSource(seed);
  let text = random.pick(texts);
  const byWords = random.chance(0.3);
  const times = random.integer(1, 3);
  for (let k = 0; k < times; k++) text = (byWords ? withWordsChanged : exchanged)(text, random);
  return text;
}
