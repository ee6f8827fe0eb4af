/** An explanation in, one HTML page out: formulas as MathML, no script, nothing from elsewhere. */
import type { Explanation, Step, Through } from '../../compiler/explain/explanation.ts';
import { infix, type Row, row, type Words } from './boxes.ts';
import { derivationRows, lineRow, sections, throughRows, titleOf } from './explain-rows.ts';
import { kernelText, verificationText } from './explain-text.ts';
import { legendWords, type Setting, settingOf } from './explain-words.ts';
import { escapeHtml } from './html.ts';
import { inlineMathOf, mathOf } from './mathml.ts';
import { scrollingStyle } from './palette.ts';
import { tensorBox } from './typeset.ts';

export function explanationHtml(explanation: Explanation): string {
  const { loss, dimensions, unreached, verified, steps } = explanation;
  const setting = settingOf(explanation);
  const { notation } = setting;
  const legend = wordsHtml(legendWords(explanation, notation));
  const title = titleOf(explanation);
  const bound = dimensions.map(({ name, extent }) => `${name} = ${extent}`).join(', ');
  const body = [
    `<h1>${escapeHtml(title)}</h1>`,
    display([lineRow(loss, notation)]),
    bound === '' ? '' : `<p>with ${escapeHtml(bound)}</p>`,
    legend === '' ? '' : `<p>${legend}</p>`,
    ...sections(explanation).map((section) =>
      section.kind === 'fold'
        ? `<p class="fold">${wordsHtml(setting.speak(section.text))}</p>`
        : stepHtml(section.step, section.number, setting),
    ),
    ...unreached.map(
      ({ name, why, ends }) =>
        `<section><h2>${escapeHtml(name)}: no gradient</h2><p>${escapeHtml(why)}</p>${ends
          .map(
            (end) =>
              `${placeHtml(end)}${display([lineRow(end.equation, notation)])}<p>${escapeHtml(end.why)}</p>`,
          )
          .join('\n')}</section>`,
    ),
    steps.length === 0 ? '' : `<footer>${escapeHtml(verificationText(verified))}</footer>`,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
${scrollingStyle}
${style}
</style>
</head>
<body>
<main>
${body.filter((part) => part !== '').join('\n')}
</main>
</body>
</html>
`;
}

const wordsHtml = (words: Words): string =>
  words.map((part) => (typeof part === 'string' ? escapeHtml(part) : inlineMathOf(part))).join('');

/** Formulas in one column, the rules that led to them in another; what is wide scrolls by itself. */
function display(rows: readonly Row[]): string {
  const lines = rows.map(({ left, right, rule }) => {
    const cells = [
      `<td class="left">${left === undefined ? '' : mathOf(left)}</td>`,
      `<td>${mathOf(row(infix('=', '='), right))}</td>`,
      ...(rule === undefined ? [] : [`<td class="rule">${wordsHtml(rule)}</td>`]),
    ];
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="math scrolls" tabindex="0"><table>${lines.join('\n')}</table></div>`;
}

function stepHtml(step: Step, number: number, setting: Setting): string {
  const { notation } = setting;
  const { through, definitions, beside, kernel, isTarget, final } = step;
  const parts = [
    `<h2 id="step-${number}">${number}. ${mathOf(tensorBox(final.left, notation))}${isTarget ? ' <small>the gradient</small>' : ''}</h2>`,
    ...through.map((way) => throughHtml(way, setting)),
    display(derivationRows(step, setting)),
    ...definitions.map((line) => `<p>with</p>${display([lineRow(line, notation)])}`),
    kernel === undefined
      ? ''
      : `<p class="note"><b>kernel</b> ${escapeHtml(kernelText(kernel, step.value))}</p>`,
    beside.length === 0
      ? ''
      : `<p class="note"><b>beside the way</b></p>${display(beside.map((line) => lineRow(line, notation)))}`,
  ];
  return `<section aria-labelledby="step-${number}"${isTarget ? ' class="target"' : ''}>\n${parts.filter((part) => part !== '').join('\n')}\n</section>`;
}

function throughHtml(way: Through, setting: Setting): string {
  const rules = way.rules
    .map((rule) => `<p class="note"><b>rule</b> ${wordsHtml(setting.speak(rule))}</p>`)
    .join('');
  return `${placeHtml(way)}${display(throughRows(way, setting.notation))}${rules}`;
}

function placeHtml({ place, source }: Pick<Through, 'place' | 'source'>): string {
  if (place === undefined) return '';
  const text = source === undefined ? '' : ` <code>${escapeHtml(source)}</code>`;
  return `<p class="place"><span>${escapeHtml(`${place.file}:${place.line}`)}</span>${text}</p>`;
}

const style = `:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: light-dark(#0b57d0, #8ab4f8); }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #16181c); color: light-dark(#1b1b1f, #e6e6ea); }
main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
h2 small { color: var(--accent); font-weight: normal; }
section { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: 1rem 0; }
section.target { border-color: var(--accent); }
.math { padding: .3rem 0; }
.math:focus-visible { outline: 2px solid var(--accent); }
.place { margin: .4rem 0 0; font-size: .85rem; }
.place span { opacity: .75; margin-right: .6rem; }
code { background: var(--soft); padding: .1rem .3rem; border-radius: 4px; overflow-wrap: anywhere; }
table { border-collapse: collapse; }
td { padding: .25rem .3rem; vertical-align: baseline; }
td math { text-align: left; width: auto; }
td.left { text-align: right; }
.rule { font-size: .85rem; opacity: .8; padding-left: 1.5rem; min-width: 12rem; }
@media (max-width: 600px) {
  /* A rule stands below its formula. */
  .math tbody { display: grid; grid-template-columns: max-content 1fr; align-items: baseline; }
  .math tr { display: contents; }
  .rule { grid-column: 2; padding-left: .3rem; min-width: 0; }
}
.note { font-size: .9rem; margin: .3rem 0; }
.fold { border-left: 3px solid var(--accent); padding-left: .8rem; }
footer { font-size: .85rem; opacity: .8; border-top: 1px solid var(--line); padding-top: .6rem; }
math { font-size: 1.1rem; font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", "Libertinus Math", math, serif; }
h2 math { font-size: 1.25rem; vertical-align: middle; }
p math, .rule math { font-size: 1em; }
mfrac > * { padding-block: .14em; }
/* A brace that grows needs a font with mathematical shapes; a rule does not. */
.cases { border-collapse: separate; border-left: .08em solid; border-radius: .6em 0 0 .6em; padding-left: .3em; }
.cases mtd { text-align: left; padding-block: .2em; }
/* Letters of the text font, made italic: not every machine has a font with mathematical letters. */
mi[mathvariant] { font-style: italic; }`;
