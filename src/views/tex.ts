/** Boxes in, TeX (amsmath) out. */
import { type Box, type Fence, greek, hatted, isLatinLetter, type Row, type Words } from './boxes.ts';

/** Text inside of `\text{…}`. */
export const escapeTex = (text: string): string =>
  text.replace(/[\\{}$&#%_^~]/g, (character) =>
    character === '\\'
      ? '\\textbackslash{}'
      : character === '^' || character === '~'
        ? `\\${character}{}`
        : `\\${character}`,
  );

const fences: Readonly<Record<Fence, readonly [string, string]>> = {
  parentheses: ['\\left(', '\\right)'],
  brackets: ['\\left[', '\\right]'],
  bars: ['\\left|', '\\right|'],
  floor: ['\\left\\lfloor ', ' \\right\\rfloor'],
  small: ['(', ')'],
};

const operators = new Set(['exp', 'ln', 'sin', 'cos', 'tan', 'sinh', 'cosh', 'tanh', 'max', 'min']);

export function texOf(box: Box): string {
  switch (box.kind) {
    case 'name':
      if (isLatinLetter(box.text)) return box.text;
      if (hatted(box.text) !== undefined) return `\\hat{${hatted(box.text)}}`;
      return greek.has(box.text) ? `\\${box.text}` : `\\mathrm{${escapeTex(box.text)}}`;
    case 'digits':
      return box.text;
    case 'sign':
      return box.place === 'infix' ? ` ${box.sign.tex} ` : box.sign.tex;
    case 'operator':
      return operators.has(box.name) ? `\\${box.name}` : `\\operatorname{${escapeTex(box.name)}}`;
    case 'row':
      return box.parts.map(texOf).join('');
    case 'scripts': {
      const above = box.above === undefined ? '' : `^{${texOf(box.above)}}`;
      const below = box.below === undefined ? '' : `_{${texOf(box.below)}}`;
      return `${texOf(box.base)}${above}${below}`;
    }
    case 'reduction':
      return `${box.sign.tex}_{${texOf(box.below)}} ${texOf(box.body)}`;
    case 'fraction':
      return `\\frac{${texOf(box.over)}}{${texOf(box.under)}}`;
    case 'root':
      return `\\sqrt{${texOf(box.inner)}}`;
    case 'fenced': {
      const [open, close] = fences[box.fence];
      return `${open}${texOf(box.inner)}${close}`;
    }
    case 'cases':
      return `\\begin{cases} ${texOf(box.value)} & \\text{if } ${texOf(box.condition)} \\\\ ${texOf(box.otherwise)} & \\text{otherwise} \\end{cases}`;
    case 'bar':
      return `\\overline{${texOf(box.inner)}}`;
    case 'owner':
      return `\\mathrm{${escapeTex(box.text)}}`;
    case 'keyed':
      return texOf(box.inner);
    default:
      return box satisfies never;
  }
}

/** A sentence, formulas between dollar signs. */
export const texWords = (words: Words): string =>
  words.map((part) => (typeof part === 'string' ? escapeTex(part) : `$${texOf(part)}$`)).join('');

/** A line of an `align` environment. */
export function texRow({ left, right, rule }: Row): string {
  const note = rule === undefined ? '' : ` && \\text{${texWords(rule)}}`;
  return `${left === undefined ? '' : texOf(left)} &= ${texOf(right)}${note}`;
}
