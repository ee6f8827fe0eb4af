/** Names in a graph: what may be written bare in its text, how everything else is quoted, and names that are free. */
import type { Index } from './graph.ts';

/** A node's name: letters, digits, `_`, and `.` between the parts of a path. */
export const nodeName = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)*/u;

const wholes = new Map<RegExp, RegExp>();

/** What matches from end to end only; made once for each pattern. */
function whole(pattern: RegExp): RegExp {
  const known = wholes.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(`^(?:${pattern.source})$`, pattern.flags);
  wholes.set(pattern, made);
  return made;
}

export const isNodeName = (text: string): boolean => whole(nodeName).test(text);

/** Words with a meaning of their own, which no index can have as its name. */
export const keywords: ReadonlySet<string> = new Set([
  ...['if', 'then', 'else', 'and', 'or', 'not', 'div', 'mod', 'true', 'false'],
  ...['where', 'derivative', 'result', 'gradient', 'wrt'],
]);

export const isIndexName = (text: string): boolean =>
  /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text) && !keywords.has(text);

/** A name that nothing taken has: the wanted one, or it with the first number that is free, as `f_2`. */
export function freeName(wanted: string, taken: { readonly has: (name: string) => boolean }): string {
  let name = wanted;
  for (let k = 2; taken.has(name); k++) name = `${wanted}_${k}`;
  return name;
}

/** The indices with names of their own beside `own`, and apart from each other. */
export function renamedApart(indices: readonly Index[], own: readonly Index[]): readonly Index[] {
  const taken = new Set(own.map(({ name }) => name));
  return indices.map(({ name, extent }) => {
    const free = freeName(name, taken);
    taken.add(free);
    return { name: free, extent };
  });
}

/** As it is where `bare` accepts it, else as a JSON string. */
export const quoteUnless = (bare: RegExp, text: string): string =>
  whole(bare).test(text) ? text : JSON.stringify(text);
