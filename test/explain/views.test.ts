/** LaTeX, Markdown and HTML of explanations: well-formed, complete, set as in a lecture. */
import { readdirSync } from 'node:fs';
import temml from 'temml';
import { describe, expect, it } from 'vitest';
import { name as nameBox } from '../../src/views/boxes.ts';
import { explanationHtml } from '../../src/views/explain-html.ts';
import { explanationLatex } from '../../src/views/explain-latex.ts';
import { explanationMarkdown } from '../../src/views/explain-markdown.ts';
import { notationFor } from '../../src/views/lecture-notation.ts';
import { escapeTex, texOf } from '../../src/views/tex.ts';
import { explanationOf, modelText } from './support.ts';

const own = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.nn'));
const files = [
  ...own.map((name) => `test/explain/${name}`),
  'models/two_layer_sigmoid.nn',
  'models/iris.nn',
  'models/xor.nn',
];

const all = files.map((file) => {
  const text = modelText(file);
  return [file, explanationOf(text, text.includes('[B') ? { bindings: new Map([['B', 5]]) } : {})] as const;
});
const formed = (['matrix', 'delta'] as const).map((form) => {
  const explanation = explanationOf(modelText('models/iris.nn'), { bindings: new Map([['B', 5]]), form });
  return [`models/iris.nn in ${form} form`, explanation] as const;
});

/** Brackets of LaTeX that are not escaped. */
function depthOf(text: string): number {
  let depth = 0;
  for (const [bracket] of text.matchAll(/\\[{}]|[{}]/g)) {
    if (bracket === '{') depth += 1;
    if (bracket === '}') depth -= 1;
    if (depth < 0) return depth;
  }
  return depth;
}

describe.each([...all, ...formed])('%s', (_, explanation) => {
  const latex = explanationLatex(explanation);

  it('LaTeX: braces, environments and delimiters are balanced', () => {
    expect(depthOf(latex)).toBe(0);
    for (const line of latex.split('\n')) expect(depthOf(line), line).toBe(0);
    const begins = [...latex.matchAll(/\\begin\{([^}]*)\}/g)].map((match) => match[1]);
    const ends = [...latex.matchAll(/\\end\{([^}]*)\}/g)].map((match) => match[1]);
    expect([...begins].sort()).toEqual([...ends].sort());
    expect(latex.match(/\\left(?![a-z])/g)?.length).toBe(latex.match(/\\right(?![a-z])/g)?.length);
  });

  it('LaTeX: every environment is one that a TeX reader accepts', () => {
    const environments = [...latex.matchAll(/\\begin\{align\*\}[\s\S]*?\\end\{align\*\}/g)].map(
      ([text]) => text,
    );
    expect(environments.length).toBeGreaterThanOrEqual(explanation.steps.length);
    for (const text of environments) {
      expect(() => temml.renderToString(text, { displayMode: true, throwOnError: true })).not.toThrow();
    }
  });

  it('Markdown: display formulas are closed', () => {
    const markdown = explanationMarkdown(explanation);
    expect((markdown.match(/\$\$/g)?.length ?? 0) % 2).toBe(0);
    expect(markdown.match(/\\begin\{aligned\}/g)?.length).toBe(markdown.match(/\\end\{aligned\}/g)?.length);
  });

  it('HTML: one page, offline, with its formulas as MathML', () => {
    const html = explanationHtml(explanation);
    expect(html).not.toMatch(/<(?:script|link|img|iframe)\b|https?:\/\/(?!www\.w3\.org)/);
    expect(html).toContain('<math');
    for (const tag of ['section', 'div', 'table', 'tr', 'td', 'math', 'p']) {
      const count = (pattern: string): number => html.match(new RegExp(pattern, 'g'))?.length ?? 0;
      expect(count(`<${tag}[ >]`), tag).toBe(count(`</${tag}>`));
    }
  });
});

describe('names', () => {
  const nameTex = (name: string, indices: readonly string[], names: readonly string[]): string =>
    texOf(notationFor('loss', names).tensor({ kind: 'tensor', name, indices: [] }, indices.map(nameBox)));
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['Dense_1.W', ['o', 'i'], 'W^{(1)}_{o,i}'],
    ['gamma', ['c'], '\\gamma_{c}'],
    ['logits', [], '\\mathrm{logits}'],
    ['log_softmax.y.sum', ['b'], 'y^{(\\mathrm{log\\_softmax}\\,\\mathrm{sum})}_{b}'],
    ['x1', [], 'x_{1}'],
    ['x1', ['b'], 'x_{1;\\,b}'],
    ['loss', [], 'L'],
  ];
  it.each(cases)('%s', (name, indices, expected) => {
    expect(nameTex(name, indices, ['Dense_1.W', 'Dense_2.W', 'x'])).toBe(expected);
  });

  it('layers of several kinds keep their names', () => {
    expect(nameTex('Dense_1.W', [], ['Dense_1.W', 'Conv2d_1.w'])).toBe('W^{(\\mathrm{Dense}_{1})}');
  });

  it('text is escaped', () => {
    expect(escapeTex('a_b 50% #1 {x} & y^2')).toBe('a\\_b 50\\% \\#1 \\{x\\} \\& y\\^{}2');
  });
});

describe('the adjoint', () => {
  it('is in words what it is in formulas', () => {
    const explanation = explanationOf(modelText('models/iris.nn'), { bindings: new Map([['B', 5]]) });
    const latex = explanationLatex(explanation);
    expect(latex).toContain('\\text{$\\partial L / \\partial \\mathrm{logits}$ written out}');
    expect(latex).toMatch(
      /^\$\\partial L \/ \\partial x\$, the derivative of loss by x, is the adjoint of x/mu,
    );
    const html = explanationHtml(explanation).replace(/<p class="note"><b>kernel<\/b>.*<\/p>/g, '');
    expect(html.replace('kernels call it d.x', '')).not.toMatch(/\bd\.\w/);
  });

  it('is a partial derivative', () => {
    const latex = explanationLatex(explanationOf(modelText('models/two_layer_sigmoid.nn'), { wrt: ['V'] }));
    expect(latex).toContain(
      '\\frac{\\partial L}{\\partial h_{j}} &= \\sum_{o} \\frac{\\partial L}{\\partial s_{o}} \\, W_{o,j}',
    );
  });
});
