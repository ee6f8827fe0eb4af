/** The doc comment of a definition of the prelude in, Markdown out: sentences, then its formula typeset, its shapes and its source. */
import type { Parameter } from '../../grammar/ast.ts';
import { texOf } from '../../src/views/tex.ts';
import { preludeFiles } from '../support/prelude.ts';
import { type Vocabulary, wordsOf } from './doc-notation.ts';
import { isNamed, type Named } from './tables.ts';

/** The first sentences as they are, then a list of formula, shapes and source. */
export function docText(declaration: Named): string {
  const [summary = '', ...fields] = declaration.doc.split(/\n\s*(?=(?:Formula|Shapes|Source):)/);
  const joined = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  const items = fields.map((field) => {
    const [, name, text] = /^(\w+):\s*([\s\S]*)$/.exec(field)!;
    const value = joined(text!);
    switch (name) {
      case 'Formula':
        return `- ${name}: ${typesetWords(value, declaration)}`;
      case 'Source':
        return `- ${name}: ${value}`;
      default:
        return `- ${name}: \`\`${value}\`\``;
    }
  });
  return [`${joined(summary)}\n`, ...items, ''].join('\n');
}

/** What is tall stands as in a line of its own. */
const typesetWords = (text: string, declaration: Named): string =>
  wordsOf(text, vocabularyOf(declaration))
    .map((part) => {
      if (typeof part === 'string') return part;
      const tex = texOf(part).replaceAll('|', '\\vert ').trim();
      return /\\(?:frac|sum|max_|operatorname\*|begin)/.test(tex) ? `$\\displaystyle ${tex}$` : `$${tex}$`;
    })
    .join('');

const definitions: ReadonlySet<string> = new Set(
  preludeFiles().flatMap(({ declarations }) => declarations.filter(isNamed).map(({ name }) => name.name)),
);

/** Parameters, extents of their axes, and what the equations define. */
function vocabularyOf(declaration: Named): Vocabulary {
  const given = [...declaration.parameters, ...('inputs' in declaration ? declaration.inputs : [])];
  const extents = given.flatMap(({ type }) =>
    (type?.dimensions ?? []).flatMap((of) => (of.kind === 'name' ? [of.name] : [])),
  );
  const defined = declaration.body.flatMap((statement) =>
    'name' in statement && statement.name !== undefined ? [statement.name.name] : [],
  );
  const isSwitch = ({ type }: Parameter): boolean => type?.name.name === 'bool';
  return {
    names: new Set([
      ...given.filter((one) => !isSwitch(one)).map(({ name }) => name.name),
      ...extents,
      ...defined,
    ]),
    switches: new Set(given.filter(isSwitch).map(({ name }) => name.name)),
    definitions,
  };
}
