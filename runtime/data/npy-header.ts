/**
 * The header of an npy file, a Python dictionary literal, in; its three fields out.
 *
 * A grammar of its own, and never `eval`:
 *
 *     dictionary = "{" [ entry { "," entry } [ "," ] ] "}"      entry = string ":" value
 *     value      = string | "True" | "False" | integer | tuple
 *     tuple      = "(" [ integer { "," integer } [ "," ] ] ")"
 *
 * Format: NumPy enhancement proposal 1, "A simple file format for NumPy arrays".
 */

export interface NpyHeader {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

type Value = string | boolean | number | readonly number[];

/** A sign stands for itself; a literal carries its value. */
type Token =
  | { readonly kind: '{' | '}' | '(' | ')' | ':' | ',' }
  | { readonly kind: 'literal'; readonly value: string | boolean | number };

/** Python 2 wrote long integers with an L. */
const tokenPattern = /\s*(?:('[^'\\]*'|"[^"\\]*")|(True|False)\b|(\d{1,15})L?\b|([{}():,])|(\S))/y;

/** The fields, or in one sentence what is wrong. */
export function parseNpyHeader(text: string): NpyHeader | string {
  const tokens = tokenise(text.trimEnd());
  if (typeof tokens === 'string') return tokens;
  const fields = parseDictionary(tokens);
  if (typeof fields === 'string') return fields;
  const descr = fields.get('descr');
  const fortranOrder = fields.get('fortran_order');
  const shape = fields.get('shape');
  if (typeof descr !== 'string') return 'its header has no descr';
  if (typeof fortranOrder !== 'boolean') return 'its header has no fortran_order';
  if (!Array.isArray(shape)) return 'its header has no shape';
  if (fields.size !== 3) return 'its header has other fields than descr, fortran_order and shape';
  return { descr, fortranOrder, shape };
}

function tokenise(text: string): readonly Token[] | string {
  const tokens: Token[] = [];
  const literal = (value: string | boolean | number): void => void tokens.push({ kind: 'literal', value });
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const [, quoted, truth, digits, sign, other] = tokenPattern.exec(text) ?? [];
    if (quoted !== undefined) literal(quoted.slice(1, -1));
    else if (truth !== undefined) literal(truth === 'True');
    else if (digits !== undefined) literal(Number(digits));
    else if (sign !== undefined) tokens.push({ kind: sign as '{' | '}' | '(' | ')' | ':' | ',' });
    else if (other === '[') return 'its elements are records, and only plain numbers are read';
    else return 'its header is not a dictionary of text, truth values and numbers';
  }
  return tokens;
}

function parseDictionary(tokens: readonly Token[]): ReadonlyMap<string, Value> | string {
  const broken = 'its header is not a well-formed dictionary';
  const fields = new Map<string, Value>();
  const literalAt = (at: number): string | boolean | number | undefined => {
    const token = tokens[at];
    return token?.kind === 'literal' ? token.value : undefined;
  };
  let at = 0;
  /** Steps over a comma; anything else must be the closing sign, which stays. */
  const separated = (closing: '}' | ')'): boolean => {
    if (tokens[at]?.kind === ',') at += 1;
    else return tokens[at]?.kind === closing;
    return true;
  };
  const tuple = (): readonly number[] | undefined => {
    const extents: number[] = [];
    for (at += 1; tokens[at]?.kind !== ')'; ) {
      const extent = literalAt(at);
      if (typeof extent !== 'number') return undefined;
      extents.push(extent);
      at += 1;
      if (!separated(')')) return undefined;
    }
    return extents;
  };
  if (tokens[0]?.kind !== '{') return broken;
  for (at = 1; tokens[at]?.kind !== '}'; ) {
    const key = literalAt(at);
    if (typeof key !== 'string' || tokens[at + 1]?.kind !== ':') return broken;
    if (fields.has(key)) return `its header says ${key} twice`;
    at += 2;
    const value = tokens[at]?.kind === '(' ? tuple() : literalAt(at);
    if (value === undefined) return broken;
    fields.set(key, value);
    at += 1;
    if (!separated('}')) return broken;
  }
  return at === tokens.length - 1 ? fields : broken;
}
