/**
 * Names that kernels of one structure give to one thing in; the name of its role out: what they have in common.
 * `Block_1.Dense_2.W` and `Block_7.Dense_2.W` are `Block.Dense_2.W`; without anything in common, the first stands.
 */

/** Between words, and between a word and the number that ends it. */
const joints = /(?=[._])|(?<=[A-Za-z])(?=\d)/;

export function roleOf(names: readonly string[]): string {
  const first = names[0]!;
  if (names.every((name) => name === first)) return first;
  const parts = names.map((name) => name.split(joints));
  if (parts.some((list) => list.length !== parts[0]!.length)) return first;
  const common = parts[0]!.filter((part, k) => parts.every((list) => list[k] === part));
  return common.join('').replace(/^[._\d]+/, '') || first;
}
