/** What stands beside, above and below what in a formula: the one tree that is printed as TeX and as MathML. */

/** A mark, as TeX and as a character. */
export interface Sign {
  readonly tex: string;
  readonly text: string;
}

export type Fence = 'parentheses' | 'brackets' | 'bars' | 'floor' | 'small';

export type Box =
  /** The name of a quantity: a letter, Greek or Latin, or an upright word. */
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'digits'; readonly text: string }
  /** Between two parts (`infix`), before one, or with no space at all. */
  | { readonly kind: 'sign'; readonly sign: Sign; readonly place: 'infix' | 'prefix' | 'plain' }
  /** A function's name. */
  | { readonly kind: 'operator'; readonly name: string }
  | { readonly kind: 'row'; readonly parts: readonly Box[] }
  | { readonly kind: 'scripts'; readonly base: Box; readonly above?: Box; readonly below?: Box }
  /** A large operator with its indices, and what it is applied to. */
  | { readonly kind: 'reduction'; readonly sign: Sign; readonly below: Box; readonly body: Box }
  | { readonly kind: 'fraction'; readonly over: Box; readonly under: Box }
  | { readonly kind: 'root'; readonly inner: Box }
  | { readonly kind: 'fenced'; readonly fence: Fence; readonly inner: Box }
  | { readonly kind: 'cases'; readonly value: Box; readonly condition: Box; readonly otherwise: Box }
  /** With a bar above: an adjoint. */
  | { readonly kind: 'bar'; readonly inner: Box }
  /** `Dense_1.` in small letters before the name of what belongs to it. */
  | { readonly kind: 'owner'; readonly text: string }
  /** What a page shows when it is clicked. */
  | { readonly kind: 'keyed'; readonly key: string; readonly inner: Box };

/** Text, and formulas within it. */
export type Words = readonly (string | Box)[];

/** A line of a derivation: `left = right`, and the rule that led there. */
export interface Row {
  readonly left?: Box;
  readonly right: Box;
  readonly rule?: Words;
}

export const name = (text: string): Box => ({ kind: 'name', text });
export const digits = (text: string): Box => ({ kind: 'digits', text });
export const row = (...parts: readonly Box[]): Box => ({ kind: 'row', parts });
export const fenced = (fence: Fence, inner: Box): Box => ({ kind: 'fenced', fence, inner });
export const infix = (tex: string, text: string): Box => ({
  kind: 'sign',
  sign: { tex, text },
  place: 'infix',
});
export const prefix = (tex: string, text: string): Box => ({
  kind: 'sign',
  sign: { tex, text },
  place: 'prefix',
});

const plain = (tex: string, text: string): Box => ({ kind: 'sign', sign: { tex, text }, place: 'plain' });
export const comma = plain(',', ',');
export const wideComma = plain(',\\; ', ',');
export const semicolon = plain(';\\,', ';');
export const thinSpace = plain('\\,', '');
/** A product that is written side by side. */
export const beside = infix('\\,', '');
export const minus = prefix('-', '−');

export const separated = (parts: readonly Box[], by: Box): Box =>
  row(...parts.flatMap((part, k) => (k === 0 ? [part] : [by, part])));

/** `alpha` is α. */
export const greek: ReadonlyMap<string, string> = new Map(
  'alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega'
    .split(' ')
    .map((word, k) => [word, [...'αβγδεζηθκλμνξπρστφχψω'][k]!]),
);

/** `xhat` is x with a hat: the letter. */
export const hatted = (text: string): string | undefined => /^([A-Za-z])_?hat$/.exec(text)?.[1];

export const isLatinLetter = (text: string): boolean => /^[A-Za-z]'*$/.test(text);
