/** What can be wrong with the text of a file, NN1xx: one function a message. */
import { type Diagnostic, error, label } from './diagnostic.ts';
import type { Span } from './source.ts';

/** NN101: the general message of the parser. `expected` and `found` are phrases: "an expression", "`)`". */
export const unexpected = (at: Span, expected: string, found: string, hint?: string): Diagnostic =>
  error('NN101', `expected ${expected}, found ${found}`, {
    primary: label(at, `expected ${expected}`),
    hint,
  });

export const unknownCharacter = (at: Span, character: string, hint?: string): Diagnostic =>
  error('NN102', `expected a word, a number or an operator, found the character \`${character}\``, {
    primary: label(at, 'not part of the language'),
    hint: hint ?? 'names are written with the letters a to z, digits and `_`',
  });

export const unclosedString = (at: Span): Diagnostic =>
  error('NN103', 'expected `"` at the end of the text, found the end of the line', {
    primary: label(at, 'this text starts here and is not closed'),
    hint: 'a text stands on one line, between two `"`',
  });

export const malformedNumber = (at: Span, text: string): Diagnostic =>
  error('NN104', `expected a number, found \`${text}\``, {
    primary: label(at, 'not a number'),
    hint: suggestNumber(text) ?? 'numbers read 12, 0.5 or 1e-3; a name does not start with a digit',
  });

function suggestNumber(text: string): string | undefined {
  const whole = text.replaceAll('_', '').replace(/[fF]$/, '');
  const fixed = whole.replace(/^\./, '0.').replace(/^(\d+)\.(?!\d)/, '$1.0');
  return fixed !== text && /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(fixed) ? `write ${fixed}` : undefined;
}

export const unclosedBracket = (
  at: Span,
  open: string,
  close: string,
  noticed: Span,
  found: string,
): Diagnostic =>
  error('NN105', `expected \`${close}\` for this \`${open}\`, found ${found}`, {
    primary: label(at, `\`${open}\` is opened here`),
    related: [label(noticed, `\`${close}\` is missing before this`)],
    hint: `add \`${close}\``,
  });

export const unopenedBracket = (at: Span, close: string, open: string): Diagnostic =>
  error('NN106', `expected no \`${close}\` here: no \`${open}\` is open`, {
    primary: label(at, `closes nothing`),
    hint: `remove it, or add the \`${open}\` that it belongs to`,
  });

export const tooDeep = (at: Span, limit: number): Diagnostic =>
  error('NN107', `expected at most ${limit} levels of nesting, found more`, {
    primary: label(at, 'nested too deep from here on'),
    hint: 'give a part of it a name of its own: `part = …`',
  });

export const foreignSign = (at: Span, found: string, meant: string): Diagnostic =>
  error('NN108', `expected \`${meant}\`, found \`${found}\``, {
    primary: label(at, `written \`${meant}\` in this language`),
    hint: `write \`${meant}\``,
  });

/** NN109: `=` and `==` are taken for each other. */
export const assignmentForEquality = (at: Span, expected: string): Diagnostic =>
  error('NN109', `expected ${expected}, found \`=\``, {
    primary: label(at, '`=` defines a name'),
    hint: 'a statement defines one name; to compare two values write `==`',
  });

export const equalityForAssignment = (at: Span, expected: string): Diagnostic =>
  error('NN109', `expected ${expected}, found \`==\``, {
    primary: label(at, '`==` compares two values'),
    hint: 'to define a name write `=`',
  });

export const chainedComparison = (at: Span, first: string, second: string): Diagnostic =>
  error('NN110', `expected one comparison, found a second: \`${second}\` after \`${first}\``, {
    primary: label(at, 'comparisons do not chain'),
    hint: `write \`a ${first} b and b ${second} c\`, or use parentheses`,
  });

/** NN111: two statements on one line. */
export const missingSeparator = (at: Span, found: string): Diagnostic =>
  error('NN111', `expected a new line or \`;\`, found ${found}`, {
    primary: label(at, 'the statement before this is complete'),
    hint: 'an operator or a comma is missing, or the next statement belongs on its own line',
  });

export const reservedWord = (at: Span, word: string): Diagnostic =>
  error('NN112', `expected a name, found \`${word}\`, a word that is kept for a later version`, {
    primary: label(at, 'reserved'),
    hint: `choose another name, such as \`${word}_\``,
  });

export const keywordAsName = (at: Span, word: string, expected: string): Diagnostic =>
  error('NN113', `expected ${expected}, found the keyword \`${word}\``, {
    primary: label(at, `\`${word}\` cannot be a name`),
    hint: `choose another name, such as \`${word}_\``,
  });

export const missingElse = (at: Span, found: string): Diagnostic =>
  error('NN114', `expected \`else\`, found ${found}`, {
    primary: label(at, 'the other case is missing'),
    hint: 'every `if` has a value in both cases: `if c then a else b`',
  });

export const positionalAfterNamed = (at: Span, named: Span): Diagnostic =>
  error('NN115', 'expected `name = value`, found an argument without a name', {
    primary: label(at, 'by position'),
    related: [label(named, 'an argument with a name stands before it')],
    hint: 'arguments by position come first',
  });

export const secondOver = (at: Span, first: Span): Diagnostic =>
  error('NN116', 'expected one `over`, found a second', {
    primary: label(at, 'again'),
    related: [label(first, 'the first is here')],
    hint: 'name several axes at once: `over (H, W)`',
  });

export const unknownEscape = (at: Span, text: string): Diagnostic =>
  error('NN117', `expected \`\\"\`, \`\\\\\` or \`\\n\` in a text, found \`${text}\``, {
    primary: label(at, 'no such escape'),
    hint: 'a backslash itself is written `\\\\`',
  });

/** NN118: `x[i - 1] else 0` needs its parentheses. */
export const bareElse = (at: Span, expected: string): Diagnostic =>
  error('NN118', `expected ${expected}, found \`else\``, {
    primary: label(at, 'belongs to no `if`'),
    hint: 'a read that may be outside its tensor stands in parentheses: `(x[i - 1] else 0)`',
  });

export const numberTooLarge = (at: Span, text: string, integer: boolean): Diagnostic =>
  error('NN119', `expected a number that can be represented, found \`${text}\``, {
    primary: label(at, 'too large'),
    hint: integer ? 'integers are smaller than 2**53' : 'the largest number is about 1.8e308',
  });

export const foreignComment = (at: Span, found: string): Diagnostic =>
  error('NN120', `expected \`//\`, found \`${found}\``, {
    primary: label(at, 'not a comment in this language'),
    hint: 'a comment starts with `//` and ends with its line',
  });

export const foreignQuotes = (at: Span): Diagnostic =>
  error('NN121', 'expected a text between `"`, found one between `\'`', {
    primary: label(at, 'other quotes'),
    hint: 'write `"…"`',
  });

export const notADeclaration = (at: Span, found: string, hint?: string): Diagnostic =>
  error('NN122', `expected a declaration (model, fn, layer, optimizer, train or use), found ${found}`, {
    primary: label(at, 'outside of every declaration'),
    hint: hint ?? 'statements stand inside the braces of a declaration: `model name { … }`',
  });

/** NN123: what stands in the brackets of a left side or of a reduction; `start` where it may be `s[0] = 1`. */
export const binderExpected = (at: Span, start: boolean): Diagnostic =>
  error('NN123', `expected the name of an index, found ${start ? 'a position' : 'an expression'}`, {
    primary: label(at, 'not a name'),
    hint: start
      ? 'an equation is of all positions; what a recurrence starts from stands after `else`: `s[t: T] = … (s[t - 1] else 0) …`'
      : 'brackets on the left side bind indices: `y[b, o] = …`; arithmetic belongs on the right',
  });

export const readReduction = (at: Span, name: string): Diagnostic =>
  error('NN125', `\`${name}[\` starts a reduction, and does not read the value ${name}`, {
    primary: label(at, 'what follows the brackets would be its body'),
    hint: 'a tensor that is read by index needs another name',
  });

export const slice = (at: Span): Diagnostic =>
  error('NN124', 'expected `,` or `]`, found `:`', {
    primary: label(at, 'a range is first:end, without a step'),
    hint: 'every second element is an equation: `y[i: 4] = x[2*i]`',
  });

/** NN126: a formula that an exercise leaves open; everything else in the file may be right. */
export const openFormula = (at: Span): Diagnostic =>
  error('NN126', 'expected a formula, found `?`: it is left open', {
    primary: label(at, 'to be filled in'),
    hint: `an exercise: \`nnc exercise ${at.source.name}\` says what is asked, and checks what is put here`,
  });

export const isOpenFormula = ({ code }: Diagnostic): boolean => code === 'NN126';

export const tooManyProblems = (at: Span, count: number, given: number): Diagnostic =>
  error('NN199', `expected a .nn file, found ${count} syntax errors`, {
    primary: label(at, `only the first ${given} are given`),
    hint: 'is this a .nn file?',
  });
