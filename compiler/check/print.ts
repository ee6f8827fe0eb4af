/** A typed program in, the text of `dump --stage types` out: every statement with its type, calls indented. */
import { placeOf } from '../../grammar/source.ts';
import type { TypedProgram } from './typed.ts';

export function printTypes(program: TypedProgram): string {
  const mode = program.training ? 'training' : 'evaluation';
  const width = Math.min(
    72,
    Math.max(...program.outline.map(({ depth, text }) => 2 * depth + text.length), 0) + 2,
  );
  const lines = program.outline.map(
    ({ depth, text, at }) => `${`${'  '.repeat(depth)}${text}`.padEnd(width)} @ ${placeOf(at)}`,
  );
  const free = program.dimensions.map(({ name, extent, by }) => `// ${name} = ${extent} (${by})`);
  return [`// ${program.model}, ${mode} mode`, ...free, ...lines, ''].join('\n');
}
