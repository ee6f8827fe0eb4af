/** Texts of expressions in, the same with no more parentheses than needed out. */

/** Without the parentheses around the whole. */
export function bare(text: string): string {
  if (!text.startsWith('(')) return text;
  let depth = 0;
  for (let k = 0; k < text.length; k++) {
    if (text[k] === '(') depth++;
    if (text[k] === ')') depth--;
    if (depth === 0) return k === text.length - 1 ? text.slice(1, -1) : text;
  }
  return text;
}

/** In parentheses, unless it is a name or a number or has them already. */
export const atomic = (text: string): string =>
  /^\w+$/.test(text) || bare(text) !== text ? text : `(${text})`;
