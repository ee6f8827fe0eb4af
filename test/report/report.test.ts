import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Diagnostic, error, label, warning } from '../../grammar/diagnostic.ts';
import { type Source, type Span, span } from '../../grammar/source.ts';
import {
  type ReportOptions,
  renderDiagnostics,
  reportJson,
  reportOptions,
} from '../../src/terminal/report.ts';

const plain: ReportOptions = { colors: false, width: 80 };

/** The n-th place of a text in a source. */
function place(source: Source, text: string, nth = 0): Span {
  let at = -1;
  for (let k = 0; k <= nth; k++) at = source.text.indexOf(text, at + 1);
  if (at < 0) throw new Error(`${text} is not in the source`);
  return span(source, at, at + text.length);
}

/** One error with texts `[searched, remark, occurrence]`, as people see it; blank lines around keep it readable. */
function shown(text: string, primary: Remark, related: readonly Remark[] = [], options = plain): string {
  const source = { name: 'a.nn', text };
  const labelOf = ([searched, remark, nth]: Remark) => label(place(source, searched, nth), remark);
  const found = error('NN300', 'something is wrong', {
    primary: labelOf(primary),
    related: related.map(labelOf),
  });
  return `\n${renderDiagnostics([found], options)}\n`;
}
type Remark = readonly [searched: string, remark: string, nth?: number];

describe('code frames', () => {
  test('labels of one line share a row of marks', () => {
    const source: Source = {
      name: 'mlp.nn',
      text: `${'\n'.repeat(8)}  return y[b, o] = c[o] + sum[i] x[b, i] * W[i, o]\n`,
    };
    const found = error('NN304', 'index i runs over two lengths', {
      primary: label(place(source, 'x[b, i]'), '784 here: x: f32[B = 32, in = 784]'),
      related: [label(place(source, 'W[i, o]'), '128 here: W: f32[out = 128, in = 784]')],
      hint: 'W is declared [out, in]; did you mean W[o, i]?',
    });
    expect(`\n${renderDiagnostics([found], plain)}\n`).toMatchInlineSnapshot(`
      "
      error[NN304]: index i runs over two lengths
        mlp.nn:9:34
        9 |   return y[b, o] = c[o] + sum[i] x[b, i] * W[i, o]
          |                                  ^^^^^^^   ------- 128 here: W: f32[out = 128, in = 784]
          |                                  784 here: x: f32[B = 32, in = 784]
        hint: W is declared [out, in]; did you mean W[o, i]?

      1 error
      "
    `);
  });

  test('a place without a remark has only carets', () => {
    expect(shown('let y = x +\n', ['x +', ''])).toMatchInlineSnapshot(`
      "
      error[NN300]: something is wrong
        a.nn:1:9
        1 | let y = x +
          |         ^^^

      1 error
      "
    `);
  });

  test('other lines of the file join the frame, gaps are dotted, a single line between is shown', () => {
    const text = 'param W: f32[3, 4]\n// a\n// b\n// c\ny = W[i, j]\nz = 1\nu = y[k]\n';
    expect(
      shown(
        text,
        ['y[k]', 'two dimensions'],
        [
          ['W: f32', 'declared here'],
          ['y = ', 'y is made here'],
        ],
      ),
    ).toMatchInlineSnapshot(`
      "
      error[NN300]: something is wrong
        a.nn:7:5
        1 | param W: f32[3, 4]
          |       ------ declared here
        . |
        5 | y = W[i, j]
          | ---- y is made here
        6 | z = 1
        7 | u = y[k]
          |     ^^^^ two dimensions

      1 error
      "
    `);
  });

  test('line numbers of different width stay aligned', () => {
    const text = `${'\n'.repeat(8)}a\nb\n`;
    expect(shown(text, ['b', 'here'], [['a', 'and here']])).toMatchInlineSnapshot(`
      "
      error[NN300]: something is wrong
        a.nn:10:1
         9 | a
           | - and here
        10 | b
           | ^ here

      1 error
      "
    `);
  });

  test('a place in another file has a frame of its own', () => {
    const one = { name: 'one.nn', text: 'use "two.nn"\nx = f(1)\n' };
    const two = { name: 'two.nn', text: 'fn f(a, b) = a\n' };
    const found = error('NN310', 'f takes two arguments', {
      primary: label(place(one, 'f(1)'), 'one given'),
      related: [label(place(two, 'f(a, b)'), 'declared here')],
    });
    expect(`\n${renderDiagnostics([found], plain)}\n`).toMatchInlineSnapshot(`
      "
      error[NN310]: f takes two arguments
        one.nn:2:5
        2 | x = f(1)
          |     ^^^^ one given
        two.nn:1:4
        1 | fn f(a, b) = a
          |    ------- declared here

      1 error
      "
    `);
  });

  test('a range over several lines is marked where it begins and ends', () => {
    const text = 'layer L {\n  a\n  b\n}\n';
    expect(shown(text, [text.trimEnd(), 'this layer'])).toMatchInlineSnapshot(`
      "
      error[NN300]: something is wrong
        a.nn:1:1
        1 | layer L {
          | ^^^^^^^^^
        2 |   a
        3 |   b
        4 | }
          | ^ this layer

      1 error
      "
    `);
    const long = `layer L {\n${'  a\n'.repeat(9)}}\n`;
    expect(shown(long, [long.trimEnd(), 'this layer'])).toMatchInlineSnapshot(`
      "
      error[NN300]: something is wrong
        a.nn:1:1
         1 | layer L {
           | ^^^^^^^^^
        .. |
        11 | }
           | ^ this layer

      1 error
      "
    `);
  });

  test('the end of the file can be marked', () => {
    const source = { name: 'a.nn', text: 'model {\n' };
    const found = error('NN101', 'the file ends too early', {
      primary: label(span(source, 8, 8), 'expected }'),
    });
    expect(`\n${renderDiagnostics([found], plain)}\n`).toMatchInlineSnapshot(`
      "
      error[NN101]: the file ends too early
        a.nn:2:1
        2 |
          | ^ expected }

      1 error
      "
    `);
  });

  test('an empty file can be marked', () => {
    const source = { name: 'a.nn', text: '' };
    const found = error('NN101', 'the file is empty', { primary: label(span(source, 0, 0)) });
    expect(`\n${renderDiagnostics([found], plain)}\n`).toMatchInlineSnapshot(`
      "
      error[NN101]: the file is empty
        a.nn:1:1
        1 |
          | ^

      1 error
      "
    `);
  });

  test('tabs and wide and combining characters keep the marks below the text', () => {
    expect(
      shown(
        '\tx = 日本語 + e\u0301a + 🙂b + c\n',
        ['c', 'here'],
        [
          ['日本', 'wide'],
          ['a', 'after an accent'],
        ],
      ),
    ).toMatchInlineSnapshot(`
      "
      error[NN300]: something is wrong
        a.nn:1:24
        1 |     x = 日本語 + éa + 🙂b + c
          |         ----      -         ^ here
          |                   after an accent
          |         wide

      1 error
      "
    `);
  });

  test('a long line is cut around the primary mark', () => {
    const text = `${'first + '.repeat(30)}here + ${'last + '.repeat(30)}end\n`;
    expect(shown(text, ['here', 'this one'], [['end', 'far away']])).toMatchInlineSnapshot(`
      "
      error[NN300]: something is wrong
        a.nn:1:241
        1 | …irst + first + first + here + last + last + last + last + last + last + …
          |                         ^^^^                                             - far away
          |                         this one

      1 error
      "
    `);
    const [, , , line] = shown(text, ['here', 'this one']).split('\n');
    expect(line?.length).toBeLessThanOrEqual(plain.width);
  });

  test('a mark longer than the line is cut with it', () => {
    const text = `f(${'argument, '.repeat(30)})\n`;
    const rows = shown(text, [text.trimEnd(), '']).trimEnd().split('\n');
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(plain.width);
  });

  test('a line of megabytes is cut in no time', () => {
    const text = `${'a + '.repeat(500_000)}here${' + b'.repeat(500_000)}\n`;
    const rows = shown(text, ['here', 'this one']).split('\n');
    expect(rows[3]).toMatch(/^ {2}1 \| ….*a \+ here \+ b.*…$/);
    expect(rows[4]?.indexOf('^^^^')).toBe(rows[3]?.indexOf('here'));
  });

  test('a megabyte of combining characters does not hide the mark', () => {
    const rows = shown(`a${'\u0301'.repeat(100_000)} here\n`, ['here', '']).split('\n');
    expect(rows[4]).toContain('^^^^');
  });

  test('carriage returns are not shown', () => {
    expect(shown('a = b\r\nc = d\r\n', ['b', 'here'])).not.toContain('\r');
  });

  test('control characters and direction overrides cannot reach the terminal', () => {
    const source = { name: 'evil\u001b[2J.nn', text: 'x = \u001b[31m + \u202e y \u0007\n' };
    const found = error('NN102', 'bad \u001b[0m character', {
      primary: label(place(source, 'y'), 'a \u009b remark'),
      hint: 'not \u001b]0;title\u0007',
    });
    const text = renderDiagnostics([found], plain);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(text).toContain('x = ␛[31m');
  });

  test('marks of different kinds may overlap and begin together', () => {
    expect(
      shown(
        'y = f(a, b)\n',
        ['f(a, b)', 'the call'],
        [
          ['a, b', 'its arguments'],
          ['f', 'f is declared with one'],
        ],
      ),
    ).toMatchInlineSnapshot(`
      "
      error[NN300]: something is wrong
        a.nn:1:5
        1 | y = f(a, b)
          |     ^^^^^^^
          |       its arguments
          |     the call
          |     f is declared with one

      1 error
      "
    `);
  });
});

describe('lists', () => {
  const source = { name: 'a.nn', text: 'x = 1\ny = 2\n' };
  const list: readonly Diagnostic[] = [
    warning('NN220', 'y is never used', { primary: label(place(source, 'y'), 'here') }),
    error('NN201', 'there is no x', {
      primary: label(place(source, 'x'), 'here'),
      hint: 'first line\nsecond line',
    }),
    error('NN201', 'there is no x', {
      primary: label(place(source, 'x'), 'here'),
      hint: 'first line\nsecond line',
    }),
  ];

  test('come in the order of the text, without repeats, with their number', () => {
    expect(`\n${renderDiagnostics(list, plain)}\n`).toMatchInlineSnapshot(`
      "
      error[NN201]: there is no x
        a.nn:1:1
        1 | x = 1
          | ^ here
        hint: first line
              second line

      warning[NN220]: y is never used
        a.nn:2:1
        2 | y = 2
          | ^ here

      1 error, 1 warning
      "
    `);
    expect(renderDiagnostics([], plain)).toBe('');
  });

  test('of ten thousand show fifty, errors first', () => {
    const at = { primary: label(place(source, 'x')) };
    const warnings = Array.from({ length: 9970 }, (_, k) => warning('NN200', `number ${k}`, at));
    const errors = Array.from({ length: 30 }, (_, k) => error('NN201', `number ${k}`, at));
    const text = renderDiagnostics([...warnings, ...errors], plain);
    expect(text.match(/^error/gm)?.length).toBe(30);
    expect(text.match(/^warning/gm)?.length).toBe(20);
    expect(text).toContain('30 errors, 9970 warnings; the first 50 are shown');
    const json = reportJson([...warnings, ...errors]);
    expect(
      json.diagnostics
        .map(({ severity }) => severity)
        .sort()
        .at(29),
    ).toBe('error');
    expect([json.diagnostics.length, json.omitted]).toEqual([50, 9950]);
  });

  test('cut a name of a million characters, not a surrogate pair', () => {
    const name = `a${'😀'.repeat(500_000)}`;
    const long = error('NN201', `nothing here is called ${name}`, {
      primary: label(place(source, 'x'), name),
      related: [label(place(source, 'x'), name)],
      hint: `is it ${name}?`,
    });
    expect(renderDiagnostics([long], plain).length).toBeLessThan(1500);
    expect(() => encodeURIComponent(renderDiagnostics([long], plain))).not.toThrow();
    expect(JSON.stringify(reportJson([long])).length).toBeLessThan(2000);
  });

  test('have colours where wanted', () => {
    const text = renderDiagnostics(list, { ...plain, colors: true });
    expect(text).toContain('\u001b[31m');
    expect(stripVTControlCharacters(text)).toBe(renderDiagnostics(list, plain));
  });

  test('can be read by machines', () => {
    expect(reportJson(list).diagnostics).toMatchInlineSnapshot(`
      [
        {
          "code": "NN201",
          "column": 1,
          "endColumn": 2,
          "endLine": 1,
          "file": "a.nn",
          "hint": "first line
      second line",
          "label": "here",
          "line": 1,
          "message": "there is no x",
          "related": [],
          "severity": "error",
        },
        {
          "code": "NN220",
          "column": 1,
          "endColumn": 2,
          "endLine": 2,
          "file": "a.nn",
          "hint": null,
          "label": "here",
          "line": 2,
          "message": "y is never used",
          "related": [],
          "severity": "warning",
        },
      ]
    `);
    expect(JSON.parse(JSON.stringify(reportJson(list)))).toEqual(reportJson(list));
  });
});

describe('colours', () => {
  test.each([
    [{ isTTY: true, columns: 120 }, {}, { colors: true, width: 120 }],
    [{ isTTY: true, columns: 10 }, {}, { colors: true, width: 40 }],
    [{}, {}, { colors: false, width: 100 }],
    [{ isTTY: true }, { NO_COLOR: '1' }, { colors: false, width: 100 }],
    [{ isTTY: true }, { NO_COLOR: '' }, { colors: true, width: 100 }],
    [{ isTTY: true }, { TERM: 'dumb' }, { colors: false, width: 100 }],
    [{}, { FORCE_COLOR: '1' }, { colors: true, width: 100 }],
    [{ isTTY: true }, { FORCE_COLOR: '0' }, { colors: false, width: 100 }],
  ])('%j %j', (stream, environment, wanted) => {
    expect(reportOptions(stream, environment)).toEqual(wanted);
  });
});
