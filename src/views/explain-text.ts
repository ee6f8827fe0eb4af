/** An explanation in, text of at most 100 columns out. */
import {
  type Explanation,
  elementByElement,
  type Fold,
  type Formula,
  type KernelNote,
  type PathEnd,
  type Step,
  type Through,
  type Unreached,
  type Verification,
} from '../../compiler/explain/explanation.ts';
import { partsOf } from '../../compiler/explain/rewrite.ts';
import { formulaText, lineText, tensorText } from '../../compiler/explain/text.ts';

const width = 100;
const indent = '   ';

export function explanationText(explanation: Explanation): string {
  const { model, loss, dimensions, steps, targets, unreached, verified } = explanation;
  const lossName = loss.left.name;
  const title = `${model}: ${targets.map(({ name }) => `d ${lossName} / d ${name}`).join(', ')}`;
  const blocks = [
    [...paragraph(title, ''), '='.repeat(Math.min(width, title.length))].join('\n'),
    [
      ...wrapped('', lineText(loss)),
      ...targets.map(({ name, kind, indices }) => {
        const shape = indices.map((index) => `${index.name}: ${index.extent}`).join(', ');
        return `${kind} ${name}${shape === '' ? '' : `[${shape}]`}`;
      }),
      ...(dimensions.length === 0
        ? []
        : [`with ${dimensions.map(({ name, extent }) => `${name} = ${extent}`).join(', ')}`]),
    ].join('\n'),
    paragraph(legend(explanation, [`d.x is the adjoint of x: d ${lossName} / d x.`]).join(''), '').join('\n'),
    ...shownSteps(explanation).map((block) => block.join('\n')),
    ...unreached.map((end) => unreachedText(end, lossName).join('\n')),
    steps.length === 0 ? '' : paragraph(verificationText(verified), '').join('\n'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** What the notation means that this explanation uses; `adjoint` says it of adjoints. */
export function legend<T>(
  { form, steps, targets }: Explanation,
  adjoint: readonly T[],
): readonly (T | string)[] {
  if (steps.length === 0) return [];
  const hasBracket = (formula: Formula): boolean =>
    formula.kind === 'indicator' || partsOf(formula).some(hasBracket);
  const bracket = steps.some(({ final, derived }) => [final, derived].some(({ right }) => hasBracket(right)));
  const notation = bracket ? ' [c] is 1 where c holds, else 0.' : '';
  const order = ` ${targets.length === 1 ? 'The chain goes' : 'The chains go'} from the loss back, one value a step.`;
  return [formLegends[form], ...adjoint, `${notation}${order}`];
}

const formLegends: Readonly<Record<Explanation['form'], string>> = {
  index: '',
  matrix:
    'x y is the product of matrices, x^T the transpose, x ∘ y the product element by element, as which functions, quotients, powers and conditions work, too; 1 is a column of ones. What has more than two indices keeps them. ',
  delta: 'δk is the adjoint of what layer k sums up; what lies between two layers is written out. ',
};

/** The steps, those that repeat others folded. */
function shownSteps({ steps, folds }: Explanation): readonly (readonly string[])[] {
  const blocks: (readonly string[])[] = [];
  for (let k = 0; k < steps.length; k++) {
    const fold = folds.find(({ from }) => from === k);
    if (fold === undefined) {
      blocks.push(stepText(steps[k]!, k + 1));
      continue;
    }
    for (let inner = 0; inner < fold.length; inner++) blocks.push(stepText(steps[k + inner]!, k + inner + 1));
    blocks.push(paragraph(foldText(steps, fold), ''));
    k += fold.length * fold.times - 1;
  }
  return blocks;
}

export function foldText(steps: readonly Step[], { from, length, times }: Fold): string {
  const first = from + length;
  const last = from + length * times - 1;
  const ends = [steps[first]!, steps[last]!].map(({ final }) => final.left.name);
  const same =
    length === 1 ? `as step ${from + 1}` : `as steps ${from + 1} to ${from + length}, in their order`;
  return `Steps ${first + 1} to ${last + 1} (${ends[0]} … ${ends[1]}) are the same ${same}, with other names: ${times - 1} more times.`;
}

function stepText(step: Step, number: number): readonly string[] {
  const { adjointOf } = step.final.left;
  const isDelta = adjointOf !== undefined && step.final.left.name !== `d.${adjointOf}`;
  const whole = isDelta
    ? `  (the adjoint of ${step.value})`
    : adjointOf === undefined || adjointOf === step.value
      ? ''
      : `  (${adjointOf} is ${step.value})`;
  const head = `${number}. ${tensorText(step.final.left)}${step.isTarget ? '  <- the gradient' : ''}${whole}`;
  if (step.through.length === 0) return [head, `${indent}the derivative of the loss by itself is 1`];
  return [
    head,
    ...step.through.flatMap(throughText),
    '',
    ...derivationText(step),
    ...step.definitions.flatMap((line) => wrapped(`${indent}with  `, lineText(line))),
    ...(step.kernel === undefined ? [] : paragraph(`kernel: ${kernelText(step.kernel, step.value)}`, indent)),
    ...step.beside.flatMap((line) => wrapped(`${indent}beside the way: `, lineText(line))),
  ];
}

interface Row {
  readonly left: string;
  readonly right: string;
  readonly rule: string;
}

/** The lines of a derivation: equal signs below each other, rules beside the formulas where there is room. */
function derivationText({ derived, changes, through, together, identity }: Step): readonly string[] {
  const rules = [...new Set(through.flatMap((way) => way.rules))];
  const rows: readonly Row[] = [
    {
      left: tensorText(derived.left),
      right: formulaText(derived.right),
      rule: rules.length === 1 && rules[0] === elementByElement ? elementByElement : chainRule,
    },
    ...changes.map((change) => ({
      left: '',
      right: formulaText(change.right),
      rule: change.rules.join('; '),
    })),
    ...(together === undefined
      ? []
      : [{ left: '', right: formulaText(together.right), rule: `${together.names.join(', ')} written out` }]),
    ...(identity === undefined
      ? []
      : [{ left: '', right: formulaText(identity.right), rule: identityText(identity.blocks) }]),
  ];
  const name = `${indent}${tensorText(derived.left)}`;
  const isLong = name.length > longestName;
  const hang = isLong ? indent.length + 2 : name.length + 1;
  const lengths = rows.map(({ right }) => hang + 2 + right.length);
  const column = Math.max(0, ...lengths.filter((length) => length <= latestRule)) + 3;
  const [first, ...more] = rows;
  const shown = isLong ? [{ ...first!, left: '' }, ...more] : rows;
  return [...(isLong ? [name] : []), ...shown.flatMap((row) => rowText(row, hang, column))];
}

/** After a longer name, a formula begins on the next line. */
const longestName = 36;

/** What is said of the sum that a chain of residual connections comes to. */
export const identityText = (blocks: number): string =>
  `identity plus sum, over ${blocks} residual blocks: what reaches the end of the chain, and what each branch sends`;

/** Rules stand no further right than this. */
const latestRule = 66;
const chainRule = 'the chain rule';

function rowText({ left, right, rule }: Row, hang: number, column: number): readonly string[] {
  const head = `${indent}${left}`.padEnd(hang);
  const lines = wrapped(head, `= ${right}`, ' '.repeat(hang + 2));
  const last = lines.at(-1)!;
  const beside = Math.max(column, last.length + 3);
  if (beside + rule.length + 2 <= width) return [...lines.slice(0, -1), `${last.padEnd(beside)}{${rule}}`];
  return [...lines, ...paragraph(`{${rule}}`, ' '.repeat(hang + 6))];
}

function throughText({
  equation,
  where: sums,
  place,
  path,
  source,
  partials,
  rules,
}: Through): readonly string[] {
  const where = place === undefined ? '' : `${place.file}:${place.line}`;
  const calls = path.slice(1).join(' > ');
  const origin = [where, calls === '' ? '' : `(${calls})`].filter((part) => part !== '').join(' ');
  const long = rules.filter((rule) => rule !== elementByElement);
  return [
    ...wrapped(`${indent}from  `, lineText(equation)),
    ...sums.flatMap((line) => wrapped(`${indent}      `, `with ${lineText(line)}`)),
    ...(origin === '' ? [] : [cut(`${indent}at    ${origin}${source === undefined ? '' : `:  ${source}`}`)]),
    ...partials.flatMap(({ load, value }) =>
      wrapped(
        `${indent}      `,
        `d ${tensorText(equation.left)} / d ${formulaText(load)} = ${formulaText(value)}`,
      ),
    ),
    ...long.flatMap((rule) => paragraph(rule, `${indent}rule  `)),
  ];
}

export function kernelText({ name, how, steps, over, after = [] }: KernelNote, value: string): string {
  const others = steps.filter((step) => step !== `d.${value}`);
  const beside = others.length === 0 ? '' : `, together with ${shortList(others)}`;
  const what = {
    stored: `${name}, which stores it${beside}`,
    'on chip': `${name}, which keeps it on chip${beside}`,
    inlined: `${name}, which computes it where it is read`,
    copy: `none of its own: ${name} computes what it is a copy of`,
  };
  const once = over === undefined ? '' : `; it runs once for each ${over}`;
  return [`${what[how]}${once}`, ...after.map((pass) => `after the pass ${pass}`)].join('; ');
}

const shortList = (names: readonly string[]): string =>
  names.length <= 6 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;

function unreachedText({ name, why, ends }: Unreached, lossName: string): readonly string[] {
  return [
    `d ${lossName} / d ${name}: no gradient`,
    ...paragraph(why, indent),
    ...ends.flatMap((end) => endText(end)),
  ];
}

function endText({ equation, place, source, why }: PathEnd): readonly string[] {
  const where =
    place === undefined
      ? []
      : [cut(`${indent}  at    ${place.file}:${place.line}${source === undefined ? '' : `:  ${source}`}`)];
  return [
    ...wrapped(`${indent}- ends in  `, lineText(equation)),
    ...where,
    ...paragraph(why, `${indent}  why   `),
  ];
}

export function verificationText(verified: Verification): string {
  if (verified.kind === 'skipped') return `Not checked with numbers: ${verified.why}.`;
  const { formulas, points, error } = verified;
  return `Checked: ${formulas} formulas evaluated as they stand here, in f64, at ${points} points of random data; they agree with the gradient within ${boundText(error)}.`;
}

/** Text after a head, broken before operators where it is too long. */
function wrapped(head: string, text: string, hang = ' '.repeat(head.length)): readonly string[] {
  if (head.length + text.length <= width) return [`${head}${text}`];
  const lines: string[] = [];
  let start = head;
  let rest = text;
  while (start.length + rest.length > width) {
    const at = breakIn(rest, width - start.length);
    lines.push(`${start}${rest.slice(0, at).trimEnd()}`);
    rest = rest.slice(at).trimStart();
    start = `${hang}  `;
  }
  return [...lines, `${start}${rest}`];
}

/** The next power of ten, from 1e-12 on: below that, machines differ in the last bits of exp and log. */
const boundText = (error: number): string =>
  `1e${Math.max(-12, Math.ceil(Math.log10(Math.max(error, Number.MIN_VALUE))))}`;

/** The best place to break: before an operator within the fewest brackets, as far right as may be; never within a name. */
function breakIn(text: string, room: number): number {
  let depth = 0;
  let best: { readonly at: number; readonly cost: number } | undefined;
  for (let at = 0; at <= room; at++) {
    const character = text[at]!;
    if ('[('.includes(character)) depth += 1;
    if ('])'.includes(character)) depth -= 1;
    if (character !== ' ' || at <= room / 3) continue;
    const rest = text.slice(at + 1);
    const operator = /^(?:else |then |and )/.test(rest)
      ? 0
      : /^[+-] /.test(rest)
        ? 1
        : /^[*/] /.test(rest)
          ? 2
          : 9;
    const cost = 10 * depth + operator;
    if (best === undefined || cost <= best.cost) best = { at, cost };
  }
  if (best !== undefined) return best.at;
  const before = text.lastIndexOf(' ', room);
  const after = text.indexOf(' ', room);
  return before > 0 ? before : after > 0 ? after : text.length;
}

/** Words, filled into lines below each other. */
function paragraph(text: string, head: string): readonly string[] {
  if (text === '') return [];
  const lines: string[] = [];
  let line = head;
  for (const word of text.split(' ')) {
    if (line.length > head.length && line.length + word.length + 1 > width) {
      lines.push(line);
      line = ' '.repeat(head.length);
    }
    line = line.length <= head.length ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, line];
}

const cut = (text: string): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);
