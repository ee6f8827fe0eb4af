/** How an answer is judged in; the words for the reader out. */
import type { LeafCheck } from '../../compiler/gradcheck/index.ts';
import { tableText } from '../views/table.ts';
import { numberText, shapeText } from '../views/trace-numbers.ts';
import type { Judged, Judgement } from './judgement.ts';
import { type Likeness, positionOf, rightOnes } from './likeness.ts';

export function judgementText({ results, gradients, sizes }: Judgement): string {
  const wrong = results.filter(({ likeness }) => likeness.kind !== 'right');
  const differences = differencesText(gradients);
  const [first, ...others] = wrong;
  if (first === undefined) return `${rightText(results)}${differences}`;
  const also = others.map(({ name }) => name).join(', ');
  const rest = also === '' ? '' : `\nNot right either, perhaps for the same reason: ${also}.\n`;
  // Differences that agree say nothing of what is asked.
  const against = gradients.some(({ verdict }) => verdict === 'disagrees') ? `\n${differences}` : '';
  return `${wrongText(first, sizes)}${rest}${against}`;
}

const rightText = (results: readonly Judged[]): string =>
  results
    .filter(({ role }) => role === 'output' || results.every((other) => other.role !== 'output'))
    .map(({ name, pairs }) => {
      const count = pairs.reduce((sum, { expected }) => sum + expected.data.length, 0);
      return `${name} is right: ${count} ${count === 1 ? 'number' : 'numbers'} at ${pairs.length} random points.\n`;
    })
    .join('');

function wrongText(judged: Judged, sizes: ReadonlyMap<string, number>): string {
  const { name, likeness, remark, pairs } = judged;
  const right = pairs.flatMap((pair) => (likeness.kind === 'shape' ? [] : rightOnes(pair)));
  const wrong = right.filter((one) => !one).length;
  const count = right.length === 0 ? '' : `: ${wrong} of ${right.length} numbers are wrong`;
  const words = [likenessText(likeness, sizes), remark].filter((text) => text !== undefined);
  const said = words.map((text) => `  ${text}.\n`).join('');
  return `${name} is not right yet${count}.\n${said}\n${numbersTable(judged)}`;
}

function likenessText(likeness: Likeness, sizes: ReadonlyMap<string, number>): string | undefined {
  switch (likeness.kind) {
    case 'right':
    case 'wrong':
      return undefined;
    case 'shape':
      return `It has the shape ${shapeText(likeness.found) || 'of one number'}, and ${shapeText(likeness.expected) || 'one number'} is wanted`;
    case 'transposed':
      return likeness.shape
        ? 'The transpose is right: the last two axes have changed places'
        : 'The transpose is right: the same numbers, with the last two indices exchanged';
    case 'sign':
      return 'It is right up to the sign';
    case 'factor':
      return `It is right up to a factor: what is found is ${factorText(likeness.factor, sizes)} times what is wanted`;
    case 'factors':
      return likeness.along.length === 1
        ? `It is right but for the axis: a factor that is not the same along axis ${likeness.along[0]} has come in`
        : 'It is right but for the axis: what it is divided or multiplied by belongs to another axis';
    case 'added':
      return `It is right up to a constant: ${numberText(likeness.constant)} is added everywhere`;
    case 'not finite':
      return 'Some of it is no finite number: what is divided by 0, or what of it has no logarithm or root?';
    case 'border':
      return `All but position ${likeness.position} of axis ${likeness.axis} is right: what is different at the ${likeness.position === 0 ? 'start' : 'end'}?`;
    default:
      return likeness satisfies never;
  }
}

/** `2`, `1/B (B is 5)`. */
function factorText(factor: number, sizes: ReadonlyMap<string, number>): string {
  const near = (x: number): boolean => Math.abs(factor - x) < 1e-6 * Math.abs(x);
  const sign = factor < 0 ? '-' : '';
  const size = Math.abs(factor);
  for (const [name, extent] of sizes) {
    if (extent < 3) continue;
    if (near(Number(`${sign}${extent}`))) return `${sign}${extent} (as large as ${name} is)`;
    if (near(Number(`${sign}${1 / extent}`))) return `${sign}1/${extent} (and ${name} is ${extent})`;
  }
  const whole = Math.round(1 / size);
  return size < 1 && Math.abs(1 / size - whole) < 1e-6 ? `${sign}1/${whole}` : numberText(factor);
}

const mostRows = 4;

/** Where something is wrong: the inputs there, what is expected and what is found. */
function numbersTable({ name, likeness, pairs, inputs }: Judged): string {
  if (likeness.kind === 'shape' || (likeness.kind === 'transposed' && likeness.shape)) return '';
  const [{ expected, found }] = pairs as readonly [Judged['pairs'][number]];
  const at = inputs[0]!;
  const head = [name, ...at.map((input) => input.name), 'expected', 'found'];
  const rows = rightOnes(pairs[0]!)
    .flatMap((right, k) => (right ? [] : [k]))
    .slice(0, mostRows)
    .map((k) => [
      shapeText(positionOf(k, expected.shape)),
      ...at.map(({ value }) => numberText(value.data[k]!)),
      numberText(expected.data[k]!),
      numberText(found.data[k]!),
    ]);
  return rows.length === 0 ? '' : tableText({ title: 'At the first of the points', head, rows });
}

function differencesText(gradients: readonly LeafCheck[]): string {
  if (gradients.length === 0) return '';
  const wrong = gradients.find(({ verdict }) => verdict === 'disagrees');
  if (wrong === undefined) {
    const worst = Math.max(...gradients.map(({ error }) => error));
    return `Central differences of the loss agree with its gradient by ${gradients.map(({ name }) => name).join(', ')} (to ${worst.toExponential(0)}).\n`;
  }
  const { name, worst } = wrong;
  if (worst === undefined) return `Central differences of the loss disagree with its gradient by ${name}.\n`;
  const place = worst.position.length === 0 ? '' : shapeText(worst.position);
  return `Central differences of the loss say otherwise, too: its derivative by ${name}${place} is ${numberText(worst.difference)}, and the formula makes it ${numberText(worst.adjoint)}.\n`;
}
