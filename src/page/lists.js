/** The panels that are lists: source, types, equations, backward equations, passes, kernels, WGSL. */

import { coloured } from './code.js';
/** @import { ValueData, DispatchData, Model } from './data.js' */
import { counted, folder, h, raw } from './dom.js';

/**
 * What a panel is: `render` fills it once, `reveal` unfolds what hides a key.
 * @typedef {{ id: string, title: string, hint: string, render: (body: HTMLElement) => void, reveal?: (key: string) => void }} Panel
 */

/**
 * @param {Model} model
 * @returns {Panel}
 */
export function sourcePanel({ data }) {
  /** @type {(file: number) => void} */ let show = () => {};
  return {
    id: 'source',
    title: 'Source',
    hint: 'what was written',
    render: (body) => {
      const files = data.files.map((file, f) => sourceFile(file, f));
      const tabs = data.files.map(({ name }, f) => {
        const tab = h('button', { class: 'tab', type: 'button', title: name }, name.replace(/^.*\//, ''));
        tab.addEventListener('click', () => show(f));
        return tab;
      });
      show = (shown) => {
        files.forEach((file, f) => {
          file.hidden = f !== shown;
          tabs[f]?.setAttribute('aria-pressed', String(f === shown));
        });
      };
      if (tabs.length > 1) body.append(h('div', { class: 'tabs' }, ...tabs));
      body.append(...files);
      show(0);
    },
    reveal: (key) => {
      if (key.startsWith('L')) show(Number(key.slice(1).split(':')[0]));
    },
  };
}

/**
 * @param {{ name: string, text: string }} file
 * @param {number} f
 */
function sourceFile({ name, text }, f) {
  const lines = text.replace(/\n$/, '').split('\n');
  return h(
    'div',
    { class: 'code', 'aria-label': name },
    ...lines.map((line, k) => codeLine(`L${f}:${k + 1}`, k + 1, line, 'nn')),
  );
}

/**
 * @param {string} key
 * @param {number} number
 * @param {string} text
 * @param {'nn' | 'wgsl' | 'ir'} language
 */
function codeLine(key, number, text, language) {
  const code = h('code', {});
  code.append(coloured(text, language));
  return h('div', { class: 'line', 'data-k': key }, h('span', { class: 'no' }, String(number)), code);
}

/**
 * @param {Model} model
 * @returns {Panel}
 */
export function typesPanel({ data }) {
  return {
    id: 'types',
    title: 'Types',
    hint: 'every statement with its type, calls expanded',
    render: (body) => {
      if (data.dimensions.length > 0)
        body.append(h('p', { class: 'note' }, `where ${data.dimensions.join(', ')}`));
      const list = h('div', { class: 'code' });
      for (const { depth, text, place } of data.types) {
        const code = h('code', { style: `padding-left: ${depth * 1.1}em` });
        code.append(coloured(text, 'nn'));
        const file = place[0] === 0 ? '' : `${(data.files[place[0]]?.name ?? '').replace(/^.*\//, '')}:`;
        list.append(
          h(
            'div',
            { class: 'line', 'data-k': `L${place[0]}:${place[1]}` },
            code,
            h('span', { class: 'at' }, `${file}${place[1]}`),
          ),
        );
      }
      body.append(list);
    },
  };
}

/**
 * The layer (or the call) that a value belongs to; calls of one function on several lines are several.
 * @param {ValueData} value
 * @returns {string}
 */
function groupOf({ path, place, kind }) {
  if (kind === 'update' || path[0]?.startsWith('train '))
    return path.length > 1 ? `${path[0]} › ${path[1]}` : (path[0] ?? '');
  if (path.length < 2) return '';
  return path[1]?.includes(':') === true ? path[1] : `${path[1]} @${place?.[1] ?? ''}`;
}

/** @param {string} group */
const groupTitle = (group) => group.replace(/ @.*$/, '').replace(/^train \S+ › /, '');

/**
 * Equations by layer; long lists start folded.
 * @param {Model} model
 * @param {'equations' | 'backward'} id
 * @returns {Panel}
 */
export function equationsPanel(model, id) {
  const { data } = model;
  /** @type {Map<number, { unfold: () => void }>} */ const folders = new Map();
  const backward = id === 'backward';
  return {
    id,
    title: backward ? 'Backward' : 'Equations',
    hint: backward
      ? 'what the chain rule made of them; x̄ is the derivative of the loss by x'
      : 'what the compiler understood',
    render: (body) => {
      const shown = data.values
        .map((value, v) => ({ value, v }))
        .filter(
          ({ value }) =>
            value.kind !== 'scalar' && (value.kind === 'adjoint') === backward && (value.stays || !backward),
        );
      if (shown.length === 0)
        body.append(h('p', { class: 'note' }, 'There are none: this program has no gradient.'));
      /** @type {Map<string, typeof shown>} */ const groups = new Map();
      let run = 0;
      let previous = '';
      for (const item of shown) {
        // What belongs to no layer stands where it is: each run of such equations is a group without a title.
        const group = groupOf(item.value) || (previous.startsWith(' ') ? previous : ` ${run++}`);
        previous = group;
        groups.set(group, [...(groups.get(group) ?? []), item]);
      }
      const open = shown.length <= 90;
      for (const [group, items] of groups) {
        const fill = (/** @type {HTMLElement} */ inside) => {
          inside.append(...items.map(({ value, v }) => equationRow(model, value, v)));
        };
        if (group.startsWith(' ')) {
          const plain = h('div', { class: 'plain' });
          fill(plain);
          body.append(plain);
          continue;
        }
        const equations = items.filter(({ value }) => value.math !== undefined).length;
        const update = items.some(({ value }) => value.kind === 'update');
        const summary = h(
          'summary',
          {},
          h('b', { class: backward ? 'adjoint' : update ? 'update' : 'forward' }, groupTitle(group)),
          h('span', { class: 'count' }, counted(equations, 'equation')),
        );
        const fold = folder(summary, open && !update, fill, items.map(({ v }) => `v${v}`).join(' '));
        for (const { v } of items) folders.set(v, fold);
        body.append(fold);
      }
    },
    reveal: (key) => {
      folders.get(Number(key.slice(1)))?.unfold();
    },
  };
}

/**
 * @param {Model} model
 * @param {ValueData} value
 * @param {number} v
 */
function equationRow({ data }, value, v) {
  const { place, math, roles, rule, path } = value;
  const row = h('div', { class: `equation ${value.kind}`, 'data-k': `v${v}` });
  const leaf = math === undefined;
  if (leaf) {
    row.append(
      h('div', { class: 'leaf' }, h('i', {}, value.kind), h('b', {}, value.name), h('span', {}, value.type)),
    );
  } else {
    const text = h('code', { class: 'as-text' });
    text.append(coloured(value.text, 'ir'));
    row.append(raw('div', { class: 'as-math' }, math ?? ''), text);
  }
  const inner = path.slice(2).map((step) => step.replace(/:.*$/, ''));
  const about = [
    leaf ? '' : value.type,
    ...roles,
    inner.length > 0 && value.kind !== 'update' ? inner.join(' › ') : '',
    rule === undefined || rule === 'load' ? '' : rule,
    place ? `${place[0] === 0 ? 'line' : (data.files[place[0]]?.name ?? '')} ${place[1]}` : '',
  ].filter((text) => text !== '');
  row.append(h('div', { class: 'about' }, about.join(' · ')));
  return row;
}

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

/**
 * @param {Model} model
 * @returns {Panel}
 */
export function kernelsPanel(model) {
  const { data } = model;
  /** @type {{ unfold: () => void }[]} */ const folders = [];
  return {
    id: 'kernels',
    title: 'Kernels',
    hint: 'what runs together, and why',
    render: (body) => {
      data.dispatches.forEach((dispatch, k) => {
        const summary = h(
          'summary',
          { 'data-k': `k${k}` },
          h('b', {}, `${k + 1} ${dispatch.name}`),
          h('span', { class: 'chip count' }, dispatch.schedule),
        );
        const keys = [`k${k}`, ...dispatch.steps.map(({ value }) => `v${value}`)].join(' ');
        const fold = folder(
          summary,
          data.dispatches.length <= 40,
          (inside) => inside.append(...kernelBody(model, dispatch)),
          keys,
        );
        folders.push(fold);
        body.append(fold);
      });
    },
    reveal: (key) => {
      const n = Number(key.slice(1));
      if (key[0] === 'k') folders[n]?.unfold();
      if (key[0] === 'v') for (const k of model.computedBy.get(n) ?? []) folders[k]?.unfold();
    },
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
export function wgslPanel({ data }) {
  /** @type {{ unfold: () => void }[]} */ const folders = [];
  return {
    id: 'wgsl',
    title: 'WGSL',
    hint: 'what the device runs',
    render: (body) => {
      data.dispatches.forEach((dispatch, k) => {
        const same = dispatch.same === undefined ? '' : `same code as ${dispatch.same + 1}`;
        const summary = h(
          'summary',
          { 'data-k': `k${k}` },
          h('b', {}, `${k + 1} ${dispatch.name}`),
          h('span', { class: 'count' }, same || counted(dispatch.wgsl.length, 'line')),
        );
        const fold = folder(
          summary,
          k === 0,
          (inside) => {
            inside.append(
              h(
                'div',
                { class: 'code' },
                ...dispatch.wgsl.map(({ text }, n) => codeLine(`w${k}:${n}`, n + 1, text, 'wgsl')),
              ),
            );
          },
          `k${k}`,
        );
        folders.push(fold);
        body.append(fold);
      });
    },
    reveal: (key) => {
      if (key[0] === 'k' || key[0] === 'w') folders[Number(key.slice(1).split(':')[0])]?.unfold();
    },
  };
}
