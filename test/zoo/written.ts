/** A model of texts -> what it writes after its training, and how many of the words are words of the text, beside a table of pairs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { randomSource } from '../support/random.ts';
import { printed, root } from './command.ts';
import type { Written } from './page.ts';
import type { System } from './system.ts';

const length = 1000;

/** The last one may have been cut. */
const wordsOf = (text: string): readonly string[] => text.match(/[a-z]+/g)?.slice(0, -1) ?? [];

const knownOf = (text: string, known: ReadonlySet<string>): number => {
  const words = wordsOf(text);
  return words.filter((word) => known.has(word)).length / words.length;
};

/** Each character as often after the one before it as in the text. */
function ofPairs(text: string): string {
  const random = randomSource(1);
  const followers = new Map<string, string>();
  for (let at = 1; at < text.length; at++)
    followers.set(text[at - 1]!, (followers.get(text[at - 1]!) ?? '') + text[at]);
  let made = 't';
  while (made.length < length) {
    const choice = followers.get(made.at(-1)!)!;
    made += choice[random.integer(0, choice.length - 1)];
  }
  return made;
}

/** With the weights that a training has saved in a folder. */
export async function writtenBy(system: System, file: string, folder: string): Promise<Written> {
  const { out } = await printed([
    ...['sample', path.join(root, 'models', `${system.file}.nn`), ...(system.variant?.split(' ') ?? [])],
    ...['--weights', path.join(folder, 'weights.safetensors'), '--device', 'cpu', '--seed', '0'],
    ...['--prompt', 'the ', '--length', String(length)],
  ]);
  const text = readFileSync(path.join(root, file), 'utf8');
  const known = new Set(wordsOf(text));
  return { text: out.slice(0, 400), known: knownOf(out, known), ofPairs: knownOf(ofPairs(text), known) };
}
