/** Boxes in, MathML out: presentation markup only, in which tensors may carry the key of what they stand for. */
import { type Box, type Fence, greek, hatted } from './boxes.ts';
import { escapeHtml } from './html.ts';

const mo = (text: string, form?: string): string =>
  `<mo${form === undefined ? '' : ` form="${form}"`}>${escapeHtml(text)}</mo>`;

/** Single letters would become mathematical alphabet, which few fonts have: the style sheet slants them instead. */
function mi(text: string): string {
  const letters = (greek.get(text) ?? text).replaceAll("'", '′');
  const isLetter = [...letters.replace(/′+$/, '')].length === 1;
  return `<mi${isLetter ? ' mathvariant="normal"' : ''}>${escapeHtml(letters)}</mi>`;
}

const mrow = (...parts: readonly string[]): string => `<mrow>${parts.join('')}</mrow>`;

const fences: Readonly<Record<Fence, readonly [string, string]>> = {
  parentheses: ['(', ')'],
  brackets: ['[', ']'],
  bars: ['|', '|'],
  floor: ['⌊', '⌋'],
  small: ['(', ')'],
};

/** Within a sentence. */
export const inlineMathOf = (box: Box): string => `<math>${mathmlOf(box)}</math>`;

/** A whole formula. */
export const mathOf = (box: Box): string => `<math displaystyle="true">${mathmlOf(box)}</math>`;

function mathmlOf(box: Box): string {
  switch (box.kind) {
    case 'name': {
      const letter = hatted(box.text);
      return letter === undefined
        ? mi(box.text)
        : `<mover accent="true">${mi(letter)}<mo stretchy="false">^</mo></mover>`;
    }
    case 'digits':
      return `<mn>${escapeHtml(box.text)}</mn>`;
    case 'sign':
      if (box.sign.text === '') return '<mspace width="0.17em"/>';
      return mo(box.sign.text, box.place === 'plain' ? undefined : box.place);
    case 'operator':
      return `<mi>${escapeHtml(box.name)}</mi>`;
    case 'row':
      return mrow(...box.parts.map(mathmlOf));
    case 'scripts': {
      const [base, above, below] = [box.base, box.above, box.below].map((part) => part && mathmlOf(part));
      if (above === undefined) return below === undefined ? base! : `<msub>${base}${below}</msub>`;
      return below === undefined
        ? `<msup>${base}${above}</msup>`
        : `<msubsup>${base}${below}${above}</msubsup>`;
    }
    case 'reduction': {
      const sign = `<mo movablelimits="false">${escapeHtml(box.sign.text)}</mo>`;
      return mrow(`<munder>${sign}${mathmlOf(box.below)}</munder>`, mathmlOf(box.body));
    }
    case 'fraction':
      return `<mfrac>${mathmlOf(box.over)}${mathmlOf(box.under)}</mfrac>`;
    case 'root':
      return `<msqrt>${mathmlOf(box.inner)}</msqrt>`;
    case 'fenced': {
      const [open, close] = fences[box.fence];
      return mrow(mo(open, 'prefix'), mathmlOf(box.inner), mo(close, 'postfix'));
    }
    case 'cases': {
      const line = (value: Box, ...when: readonly string[]): string =>
        `<mtr><mtd>${mathmlOf(value)}</mtd><mtd>${mrow(...when)}</mtd></mtr>`;
      const lines = [
        line(box.value, '<mtext>if&#160;</mtext>', mathmlOf(box.condition)),
        line(box.otherwise, '<mtext>otherwise</mtext>'),
      ];
      return `<mtable class="cases" displaystyle="true">${lines.join('')}</mtable>`;
    }
    case 'bar':
      return `<mover accent="true">${mathmlOf(box.inner)}<mo stretchy="true">¯</mo></mover>`;
    case 'owner':
      return `<mtext class="of">${escapeHtml(box.text)}</mtext>`;
    case 'keyed':
      return `<mrow class="t" data-k="${escapeHtml(box.key)}">${mathmlOf(box.inner)}</mrow>`;
    default:
      return box satisfies never;
  }
}
