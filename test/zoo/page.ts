/** Rows of the zoo and what was found for them -> `docs/models.md`. */
import path from 'node:path';
import { earlierOf, root, textOf, wordsOf } from './command.ts';
import { nameOf, reaches, type Sheet, type System, sheetsOf } from './system.ts';

export const resultsFile = path.join(root, 'test/zoo/results.json');
export const pageFile = path.join(root, 'docs/models.md');

/** Of a row with a plane, below `docs`. */
export const pictureOf = (system: System): string =>
  `pictures/models/${nameOf(system).replaceAll(/[^a-z]+/g, '-')}.svg`;

/** Of one of a row's sheets, below `docs`: the first has the name of the row. */
export function sheetOf(system: System, sheet: Sheet): string {
  const isFirst = sheetsOf(system)[0]!.output === sheet.output;
  const picture = isFirst ? pictureOf(system) : pictureOf(system).replace(/\.svg$/, `-${sheet.output}.svg`);
  return sheet.chart ? picture : picture.replace(/svg$/, 'png');
}

export interface Row {
  /** One for each seed. */
  readonly figures: readonly number[];
  readonly baseline: number;
  /** Of the processor's time, for one run, with compilation. */
  readonly seconds: number;
  readonly parameters: number;
  readonly samples: number;
  readonly epochs: number;
  readonly written?: Written;
}

/** What a model of texts writes. */
export interface Written {
  readonly text: string;
  /** The share of its words that the text has, and the same of a text by the table of pairs. */
  readonly known: number;
  readonly ofPairs: number;
}

export type Results = Readonly<Record<string, Row>>;

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const deviationOf = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - meanOf(values)) ** 2, 0) / (values.length - 1));

const number = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));

/** What each folder is about, in the order of a course. */
const chapters: Readonly<Record<string, string>> = {
  units: 'Units',
  lines: 'Lines',
  hidden: 'Networks',
  optimisers: 'Optimisers',
  autodiff: 'Automatic differentiation',
  convolution: 'Convolution',
  images: 'Images as variables',
  sequences: 'Sequences',
  generative: 'Generative',
  evaluation: 'Evaluation',
  older: 'The older zoo',
};

/** The first sentence of the file; what stands in brackets ends none. */
const titleOf = (file: string): string =>
  textOf(file)
    .replace(/\n(?!\/\/ )[\s\S]*/, '')
    .replaceAll(/^\/\/ /gm, '')
    .replaceAll('\n', ' ')
    .replace(/^((?:\([^)]*\)|[^(])*?(?<![A-Z])[.:])( .*|$)/, '$1')
    .replace(/[.:]$/, '');

const dataOf = (system: System): string =>
  [
    ...new Set(
      [...earlierOf(system), wordsOf(system)]
        .flatMap((words) => words.filter((_, k) => /^--(data|eval)$/.test(words[k - 1] ?? '')))
        .filter((word) => /^\w+=(?!runs\/|[\d.,-]+$)/.test(word))
        .map((word) =>
          word
            .replace(/^\w+=/, '')
            .replace(/[#@].*$/, '')
            .replace(/^data:(\w+).*/, 'data:$1'),
        ),
    ),
  ].join(', ');

/** Without data, which have a column of their own. */
function optionsOf(variant = ''): string {
  const others = variant.replaceAll(/--(?:data|eval) \S+ ?/g, '').trim();
  return others === '' ? '' : ` \`${others}\``;
}

function line(system: System, row: Row | undefined): string {
  const { figure, goal, baseline, file, variant, reason } = system;
  if (row === undefined) throw new Error(`${nameOf(system)} was never run: npm run models -- --only ${file}`);
  const mean = meanOf(row.figures);
  const spread = deviationOf(row.figures);
  const reached = reaches(goal, mean) ? '' : ', **not reached**';
  const cells = [
    `[${file.replace(/.*\//, '')}](../models/${file}.nn)${optionsOf(variant)}`,
    dataOf(system),
    String(row.parameters),
    String(row.epochs),
    number(row.seconds),
    `${figure}: **${number(mean)}**${spread > 0 ? ` ± ${number(spread)}` : ''} (${goal.is} ${number(goal.goal)}${reached})`,
    `${number(row.baseline)}: ${baseline.name}`,
  ];
  return `| ${cells.join(' | ')} |${reason === undefined ? '' : `\n| | | | | | ${reason} | |`}`;
}

const quote = (system: System, { text, known, ofPairs }: Written): string =>
  [
    `${nameOf(system)} writes what follows; of its words the text has **${number(known)}**, of those that a table of pairs writes ${number(ofPairs)}:`,
    '',
    `> ${text.trim().replaceAll(/\s+/g, ' ')} …`,
    '',
  ].join('\n');

export function modelsPage(systems: readonly System[], results: Results): string {
  const folders = [...new Set(systems.map(({ file }) => file.split('/')[0]!))];
  const sections = Object.keys(chapters)
    .filter((folder) => folders.includes(folder))
    .map((folder) => {
      const own = systems.filter(({ file }) => file.startsWith(`${folder}/`));
      const files = [...new Set(own.map(({ file }) => file))];
      return [
        `## ${chapters[folder]}`,
        '',
        ...files.map((file) => `- [${file}.nn](../models/${file}.nn): ${titleOf(file)}.`),
        '',
        '| file | data | trained numbers | epochs | seconds | figure | baseline |',
        '|---|---|---:|---:|---:|---|---|',
        ...own.map((system) => line(system, results[nameOf(system)])),
        '',
        ...own
          .filter(({ plane, way, sheet }) => plane !== undefined || way || sheet !== undefined)
          .flatMap((system) => {
            const shown = system.way
              ? 'the way of the training over the loss'
              : 'points, and what it takes the plane for';
            return system.sheet === undefined
              ? [`![${nameOf(system)}: ${shown}](${pictureOf(system)})`]
              : sheetsOf(system).map(
                  (sheet) => `![${nameOf(system)}: ${sheet.shows}](${sheetOf(system, sheet)})`,
                );
          }),
        '',
        ...own.flatMap((system) => {
          const written = results[nameOf(system)]?.written;
          return written === undefined ? [] : [quote(system, written)];
        }),
      ].join('\n');
    });
  return `# The zoo

Systems of introductory courses, a file each, in the order of a course. The first lines of each file say what it shows, from which
idea, and with which command it is trained; \`data:…\` is data that nnc makes itself (\`nnc data\`), so each runs on a bare clone.

This page is written by \`npm run models\`, which runs each command three times, with three seeds (\`npm run models -- --only NAME\`
for one). A figure is the mean of the three, with their deviation; of held-out data where it says so, beside what is reached
without learning. Seconds are those of one core of the processor (\`--device cpu\`), with compilation. A test runs a shorter form of
each.

${sections.join('\n')}`;
}
