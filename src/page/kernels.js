/** The panels of what the compiler made: passes, kernels, their code. */

/** @import { DispatchData, Model } from './data.js' */
/** @import { Panel } from './lists.js' */
import { coloured } from './code.js';
import { counted, folder, h, worded } from './dom.js';
import { appendRuns, folders } from './folders.js';
import { codeLine } from './lists.js';
import { uncounted } from './runs.js';

/**
 * @param {Model} model
 * @returns {Panel}
 */
export function passesPanel({ data }) {
  /** @type {Map<number, { unfold: () => void }>} */ const folders = new Map();
  return {
    id: 'passes',
    title: 'Passes',
    hint: 'each simplification as a diff',
    render: (body) => {
      const total = data.passes.reduce((n, { changes }) => n + changes.length, 0);
      data.passes.forEach(({ name, doc, milliseconds, changes }, k) => {
        const time = `${milliseconds < 0.1 ? '<0.1' : milliseconds.toFixed(1)} ms`;
        const what = changes.length === 0 ? 'unchanged' : counted(changes.length, 'change');
        const line = [h('b', {}, `${k + 1} ${name}`), h('span', { class: 'count' }, `${what} · ${time}`)];
        if (changes.length === 0) {
          body.append(h('div', { class: 'unchanged' }, ...line));
          return;
        }
        const fold = folder(
          h('summary', {}, ...line),
          total <= 150,
          (inside) => {
            inside.append(h('p', { class: 'note' }, doc), ...changes.map(diff));
          },
          changes.map(({ value }) => `v${value}`).join(' '),
        );
        for (const { value } of changes) if (!folders.has(value)) folders.set(value, fold);
        body.append(fold);
      });
    },
    reveal: (key) => {
      folders.get(Number(key.slice(1)))?.unfold();
    },
  };
}

/**
 * What both texts share at their ends is pale.
 * @param {{ value: number, before?: string, after?: string }} change
 */
function diff({ value, before, after }) {
  let start = 0;
  let end = 0;
  if (before !== undefined && after !== undefined) {
    const shorter = Math.min(before.length, after.length);
    while (start < shorter && before[start] === after[start]) start++;
    while (start > 0 && /[\w.%]/.test(before[start - 1] ?? '')) start--;
    while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
    while (end > 0 && /[\w.%]/.test(before.at(-end) ?? '')) end--;
  }
  const side = (
    /** @type {string} */ sign,
    /** @type {string} */ kind,
    /** @type {string | undefined} */ text,
  ) =>
    text === undefined
      ? undefined
      : h(
          'div',
          { class: kind },
          h('span', { class: 'sign' }, sign),
          h(
            'code',
            {},
            text.slice(0, start),
            h('mark', {}, text.slice(start, text.length - end)),
            text.slice(text.length - end),
          ),
        );
  return h(
    'div',
    { class: 'diff', 'data-k': `v${value}` },
    side('−', 'gone', before),
    side('+', 'new', after),
  );
}

/** The kernels of a block of layers and of its gradient; of lists of equations, a line each, a pass is shorter. */
const longestPass = 80;

/**
 * How a list of dispatches folds.
 * @type {{ kindOf: (item: [DispatchData, number]) => string, nameOf: (item: [DispatchData, number]) => string, longestPass: number }}
 */
const alike = {
  kindOf: ([{ name, schedule, rows, columns }]) =>
    [uncounted(name), schedule, `${rows} | ${columns}`.replace(/[\p{L}_]\w*: /gu, '')].join(' | '),
  nameOf: ([{ name }, k]) => `${k + 1} ${name}`,
  longestPass,
};

/** @param {readonly DispatchData[]} dispatches @returns {[DispatchData, number][]} */
const numbered = (dispatches) => dispatches.map((dispatch, k) => [dispatch, k]);

/**
 * @param {Model} model
 * @returns {Panel}
 */
export function kernelsPanel(model) {
  const { data } = model;
  const hiding = folders();
  /** @type {(item: [DispatchData, number]) => string[]} */
  const keysOf = ([{ steps }, k]) => [`k${k}`, ...steps.map(({ value }) => `v${value}`)];
  return {
    id: 'kernels',
    title: 'Kernels',
    hint: 'what runs together, and why',
    render: (body) => {
      /** @type {(item: [DispatchData, number], body: HTMLElement) => void} */
      const append = (item, body) => {
        const [dispatch, k] = item;
        const summary = h(
          'summary',
          { 'data-k': `k${k}` },
          h('b', {}, ...worded(`${k + 1} ${dispatch.name}`)),
          h('span', { class: 'chip count' }, dispatch.schedule),
        );
        const keys = keysOf(item);
        const fold = folder(
          summary,
          data.dispatches.length <= 40,
          (inside) => inside.append(...kernelBody(model, dispatch)),
          keys.join(' '),
        );
        hiding.add(keys, fold);
        body.append(fold);
      };
      appendRuns(body, numbered(data.dispatches), { ...alike, keysOf, append, add: hiding.add });
    },
    reveal: hiding.reveal,
  };
}

/**
 * @param {Model} model
 * @param {DispatchData} dispatch
 * @returns {HTMLElement[]}
 */
function kernelBody({ data }, dispatch) {
  const nameOf = (/** @type {number} */ v) => data.values[v]?.name ?? '';
  const space = [
    dispatch.rows === '' ? 'one row' : `rows [${dispatch.rows}]`,
    dispatch.columns === '' ? '' : `columns [${dispatch.columns}]`,
  ].filter((text) => text !== '');
  const steps = dispatch.steps.map(({ value, level, text }) => {
    const code = h('code', {});
    code.append(coloured(text, 'ir'));
    return h(
      'div',
      { class: `step ${data.values[value]?.kind}`, 'data-k': `v${value}` },
      h('i', {}, level),
      code,
    );
  });
  const stores = dispatch.stores.map(({ value, over }) =>
    h(
      'span',
      { class: 'store', 'data-k': `v${value}` },
      over === undefined ? nameOf(value) : `${nameOf(value)} over ${nameOf(over)}`,
    ),
  );
  const why = folder(h('summary', { class: 'small' }, 'why'), false, (inside) => {
    inside.append(
      h(
        'ul',
        {},
        ...dispatch.because.map((text) => h('li', {}, text)),
        h('li', {}, h('b', {}, dispatch.schedule), `: ${dispatch.why}`),
        ...dispatch.rejected.map(({ option, because }) =>
          h('li', { class: 'dim' }, `not ${option}: ${because}`),
        ),
      ),
    );
  });
  return [
    h('p', { class: 'note' }, `${space.join(', ')}, ${dispatch.workgroups}`),
    ...steps,
    h('p', { class: 'stores' }, 'stores ', ...stores),
    why,
  ];
}

/**
 * @param {Model} model
 * @returns {Panel}
 */
export function codePanel({ data }) {
  const hiding = folders();
  const forward = data.dispatches.findIndex(({ steps }) =>
    steps.some(({ value }) => data.values[value]?.kind === 'forward'),
  );
  /** @type {(item: [DispatchData, number]) => string[]} */
  const keysOf = ([, k]) => [`k${k}`];
  return {
    id: 'code',
    title: data.language === 'wat' ? 'WebAssembly' : 'WGSL',
    hint: data.language === 'wat' ? 'what the processor runs' : 'what the device runs',
    render: (body) => {
      /** @type {(item: [DispatchData, number], body: HTMLElement) => void} */
      const append = ([dispatch, k], body) => {
        const same = dispatch.same === undefined ? '' : `same code as ${dispatch.same + 1}`;
        const summary = h(
          'summary',
          { 'data-k': `k${k}` },
          h('b', {}, ...worded(`${k + 1} ${dispatch.name}`)),
          h('span', { class: 'count' }, same || counted(dispatch.code.length, 'line')),
        );
        const fold = folder(
          summary,
          k === Math.max(0, forward),
          (inside) => {
            inside.append(h('div', { class: 'code' }, ...linesOf(dispatch, k, hiding, data.language)));
          },
          `k${k}`,
        );
        hiding.add([`k${k}`], fold);
        body.append(fold);
      };
      appendRuns(body, numbered(data.dispatches), { ...alike, keysOf, append, add: hiding.add });
    },
    reveal: (key) => {
      if (key[0] === 'w') hiding.reveal(`k${key.slice(1).split(':')[0]}`);
      hiding.reveal(key);
    },
    // Comments of a kernel are known from when it is first open.
    uncover: (key) => {
      if (key[0] === 'w') hiding.reveal(key);
    },
  };
}

/** @param {string} text */
const isComment = (text) => /^\s*(?:\/\/|;;)/.test(text);

/**
 * Lines of code, and of comments the first, behind which the others fold.
 * @param {DispatchData} dispatch
 * @param {number} k
 * @param {ReturnType<typeof folders>} hiding
 * @param {'wgsl' | 'wat'} language
 * @returns {HTMLElement[]}
 */
function linesOf({ code }, k, hiding, language) {
  /** @type {HTMLElement[]} */ const shown = [];
  const line = (/** @type {number} */ n) => codeLine(`w${k}:${n}`, n + 1, code[n]?.text ?? '', language);
  for (let n = 0; n < code.length; ) {
    let end = n;
    while (end < code.length && isComment(code[end]?.text ?? '')) end++;
    if (end - n < 3) {
      shown.push(line(n));
      n += 1;
      continue;
    }
    const first = n;
    const hidden = Array.from({ length: end - first }, (_, at) => first + at);
    const keys = hidden.map((at) => `w${k}:${at}`);
    const title = h('b', { class: 'c-c' }, code[first]?.text ?? '');
    const summary = h(
      'summary',
      { class: 'small' },
      title,
      h('span', { class: 'count' }, `${hidden.length} lines`),
    );
    const fold = folder(summary, false, (inside) => inside.append(...hidden.map(line)), keys.join(' '));
    hiding.add(keys, fold);
    shown.push(fold);
    n = end;
  }
  return shown;
}
