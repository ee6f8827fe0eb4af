/**
 * What a view knows it knows from data: nobody in `src/views`, `src/page` or `compiler/explain` takes printed text or
 * names apart to learn what something is. Code that cuts text stands in the list below, with what that text is.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const cutting =
  /\.(?:startsWith|endsWith|match|matchAll|exec|test|split|lastIndexOf)\(|\.replace(?:All)?\(\/|new RegExp\(/;

const allowed: Readonly<Record<string, string>> = {
  'src/page/code.js': 'colours of source text',
  'src/page/dom.js': 'zeros at the end of a number',
  'src/page/kernels.js': 'a word of WGSL that is too long to show',
  'src/page/links.js': 'the keys of a page',
  'src/page/lists.js': 'the keys of a page, folders of files, lines of source text',
  'src/page/main.js': 'the keys of a page and of a keyboard',
  'src/page/graph.js': 'a type without its element type',
  'src/page/runs.js': 'names that are alike but for numbers, as in src/views/fold.ts',
  'src/page/select.js': 'the keys of a page, lines of source text',
  'src/views/boxes.ts': 'a table of letters',
  'src/views/chart-library.ts': 'long decimals in attributes of a chart',
  'src/views/code-lines.ts': 'where a long line breaks',
  'src/views/compare-tables.ts': 'signs of the IR that a formula for people leaves out',
  'src/views/dot.ts': 'quotes of DOT',
  'src/views/explain-markdown.ts': 'marks of Markdown',
  'src/views/explain-text.ts': 'where a long line breaks',
  'src/views/explain-words.ts': 'words of a sentence: those that are names of adjoints are set as formulas',
  'src/views/fold.ts': 'lines that are alike but for numbers: of any text, whatever it is about',
  'src/views/html.ts': 'marks of HTML',
  'src/views/lecture-notation.ts': 'how a name is set: letter, number below, layer above',
  'src/views/mathml.ts': 'how a name is set: primes',
  'src/views/page/notation.ts': 'how a name is set: where it belongs, then its own',
  'src/views/page/values.ts': 'a name without that of the box around it',
  'src/views/side-by-side.ts': 'where a long line breaks',
  'src/views/stages.ts': 'lines of a text',
  'src/views/table.ts': 'whether a cell is a number; marks of Markdown',
  'src/views/tex.ts': 'marks of TeX',
  'src/views/textmate.ts': 'signs that mean something in a regular expression; words among the operators',
  'src/views/trace-numbers.ts': 'zeros at the end of a number',
  'src/views/trace-rows.ts': 'signs of the IR that a formula for people leaves out',
  'src/views/typeset.ts': 'how a name is set: number below; mantissa and exponent',
  'compiler/explain/as-written.ts': 'how a name is set: the fewer layers it says, the simpler',
  'compiler/explain/axes.ts': 'whether an index has a number that sets it apart, and so no letter of its own',
  'compiler/explain/fold.ts': 'the name in a rule, where steps are alike but for names',
  'compiler/explain/formula.ts': 'an index without the number that sets it apart',
  'compiler/explain/kernels.ts': 'the end of a sentence that goes into another one',
  'compiler/explain/reading.ts': 'how a name is set: without the layer above',
  'compiler/explain/short-names.ts': 'how a name is set: shorter where that still tells it from the others',
  'compiler/explain/standardised.ts': 'how a new name is set: after that of a layer',
  'compiler/explain/text.ts': 'the digits of a number',
};

const codeIn = (folder: string): readonly string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|js)$/.test(file))
    .map((file) => `${folder}/${file}`);

const linesOf = (file: string): readonly string[] => readFileSync(path.join(root, file), 'utf8').split('\n');

test('text is cut only where the list says what it is', () => {
  const cut = ['src/views', 'src/page', 'compiler/explain']
    .flatMap(codeIn)
    .filter((file) => linesOf(file).some((line) => cutting.test(line)));
  expect(cut.toSorted()).toEqual(Object.keys(allowed).toSorted());
});

test('no name is read for what the compiler called it', () => {
  // How autodiff, recipes and loops name what they make: only these name it, and only parsers of texts read it.
  const made = /["'`](?:d\.|train |\.next|\.old|\.sum|adam\.)["'`]\)|\/\^d\\\.|\/\^train /;
  const readers = ['src', 'compiler', 'runtime']
    .flatMap(codeIn)
    .filter((file) =>
      linesOf(file).some(
        (line) => /startsWith|endsWith|\.match|\.exec|\.test|\.replace/.test(line) && made.test(line),
      ),
    );
  expect(readers).toEqual(['compiler/ir/origin.ts']);
});
