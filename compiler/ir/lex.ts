/** One line of a graph's text in, its tokens out. */
import { nodeName } from './names.ts';

export interface Token {
  readonly kind: 'value' | 'number' | 'word' | 'string' | 'symbol' | 'end';
  readonly text: string;
}

const tokenPattern = new RegExp(
  [
    `(?<value>%${nodeName.source})`,
    '(?<number>\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?u?)',
    `(?<word>${nodeName.source})`,
    '(?<string>"(?:[^"\\\\]|\\\\.)*")',
    '(?<symbol>\\*\\*|<=|>=|==|!=|<-|[-+*/()\\[\\]:,=<>{}])',
    '(?<blank>\\s+)',
  ].join('|'),
  'uy',
);

/** A cursor over the tokens; every refusal is a SyntaxError that says what was expected. */
export interface Cursor {
  readonly peek: (ahead?: number) => Token;
  readonly next: () => Token;
  /** Takes the token if it has this text. */
  readonly accept: (text: string) => boolean;
  readonly expect: (text: string) => void;
  readonly take: (kind: Token['kind']) => string;
  readonly fail: (expected: string) => never;
}

export function lex(line: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(tokenPattern);
  while (pattern.lastIndex < line.length) {
    const at = pattern.lastIndex;
    const groups = pattern.exec(line)?.groups;
    if (groups === undefined) throw new SyntaxError(`cannot read ${JSON.stringify(line.slice(at, at + 10))}`);
    const [kind, text] = Object.entries(groups).find(([, found]) => found !== undefined)!;
    if (kind !== 'blank') tokens.push({ kind: kind as Token['kind'], text: text! });
  }
  return tokens;
}

export function cursor(line: string): Cursor {
  const tokens = lex(line);
  let at = 0;
  const peek = (ahead = 0): Token => tokens[at + ahead] ?? { kind: 'end', text: 'the end of the line' };
  const fail = (expected: string): never => {
    throw new SyntaxError(`expected ${expected}, found ${peek().text}`);
  };
  const isText = (text: string): boolean =>
    peek().kind !== 'string' && peek().kind !== 'end' && peek().text === text;
  return {
    peek,
    next: () => {
      const token = peek();
      at++;
      return token;
    },
    accept: (text) => {
      const found = isText(text);
      if (found) at++;
      return found;
    },
    expect: (text) => {
      if (!isText(text)) fail(`'${text}'`);
      at++;
    },
    take: (kind) => {
      if (peek().kind !== kind) fail(`a ${kind}`);
      at++;
      return tokens[at - 1]!.text;
    },
    fail,
  };
}
