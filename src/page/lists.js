/** The panels of what was written and derived: source, types, equations, backward equations. */

import { coloured } from './code.js';
/** @import { ValueData, Model } from './data.js' */
import { counted, folder, h, raw } from './dom.js';
import { appendRuns, folders } from './folders.js';
import { uncounted } from './runs.js';

/**
 * What a panel is: `render` fills it once, `reveal` unfolds what hides a key, `uncover` only what hides it within what is open.
 * @typedef {{ id: string, title: string, hint: string, render: (body: HTMLElement) => void, reveal?: (key: string) => void, uncover?: (key: string) => void }} Panel
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
 * @param {'nn' | 'wgsl' | 'wat' | 'ir'} language
 */
export function codeLine(key, number, text, language) {
  const code = h('code', {});
  code.append(coloured(text, language));
  return h('div', { class: 'line', 'data-k': key }, h('span', { class: 'no' }, String(number)), code);
}

/** @typedef {import('../views/page/data.ts').TypeLine} TypeLine */

/**
 * Statements of the model, each with what is within it.
 * @param {readonly TypeLine[]} lines
 */
function statements(lines) {
  /** @type {TypeLine[][]} */ const found = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (line.depth > 1 && last !== undefined) last.push(line);
    else found.push([line]);
  }
  return found;
}

/** @param {TypeLine} line */
const lineKey = ({ place }) => `L${place[0]}:${place[1]}`;

/**
 * @param {Model} model
 * @returns {Panel}
 */
export function typesPanel({ data }) {
  const hiding = folders();
  /** Keys that stand outside of folders: nothing needs to open for them. */
  const plain = new Set();
  return {
    id: 'types',
    title: 'Types',
    hint: 'every statement with its type, calls expanded',
    render: (body) => {
      if (data.dimensions.length > 0)
        body.append(h('p', { class: 'note' }, `where ${data.dimensions.join(', ')}`));
      const list = h('div', { class: 'code' });
      /** @type {(lines: readonly TypeLine[], into: HTMLElement) => void} */
      const append = (lines, into) => {
        if (into === list) for (const line of lines) plain.add(lineKey(line));
        into.append(...lines.map((line) => typeLine(line, data.files)));
      };
      appendRuns(list, statements(data.types), {
        kindOf: (lines) => lines.map((line) => `${lineKey(line)} ${uncounted(line.text)}`).join('\n'),
        nameOf: ([first]) => first?.text.replace(/:.*$/, '') ?? '',
        keysOf: (lines) => lines.map(lineKey),
        append,
        // One of many passes shows what a line of a layer is.
        add: (keys, fold) =>
          hiding.add(
            [...new Set(keys)].filter((key) => !hiding.has(key)),
            fold,
          ),
      });
      body.append(list);
    },
    reveal: (key) => {
      if (!plain.has(key)) hiding.reveal(key);
    },
  };
}

/**
 * @param {TypeLine} line
 * @param {readonly { readonly name: string }[]} files
 */
function typeLine(line, files) {
  const { depth, text, place } = line;
  const code = h('code', { style: `padding-left: ${depth * 1.1}em` });
  code.append(coloured(text, 'nn'));
  const file = place[0] === 0 ? '' : `${(files[place[0]]?.name ?? '').replace(/^.*\//, '')}:`;
  return h(
    'div',
    { class: 'line', 'data-k': lineKey(line) },
    code,
    h('span', { class: 'at' }, `${file}${place[1]}`),
  );
}

/**
 * The call that a value belongs to, or what the recipe does there.
 * @param {ValueData} value
 * @returns {string}
 */
const groupOf = ({ path, training }) =>
  training === undefined
    ? (path[1]?.title ?? '')
    : path
        .slice(0, 2)
        .map(({ title }) => title)
        .join(' › ');

/**
 * @param {ValueData} value
 * @param {string} group
 */
const groupTitle = ({ path, training }, group) =>
  training === undefined ? group : (path[1]?.title ?? group);

/** @typedef {{ group: string, items: { value: ValueData, v: number }[] }} Group */

/** @type {(group: Group) => string} */
const kindOfGroup = ({ group, items }) =>
  `${uncounted(group)}: ${items.map(({ value }) => `${uncounted(value.label)} ${value.type}`).join(', ')}`;

/** @type {(group: Group) => string} */
const shortTitle = ({ items: [first] }) => first?.value.path[1]?.name ?? '';

/**
 * Equations by layer; long lists start folded, and so do passes of a `repeat` that are alike.
 * @param {Model} model
 * @param {'equations' | 'backward'} id
 * @returns {Panel}
 */
export function equationsPanel(model, id) {
  const { data } = model;
  const hiding = folders();
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
      /** @type {Group[]} */ const groups = [];
      for (const item of shown) {
        const group = groupOf(item.value);
        // What belongs to no layer stands where it is: each run of such equations is a group without a title.
        const known = group === '' ? groups.at(-1) : groups.find((other) => other.group === group);
        if (known?.group === group) known.items.push(item);
        else groups.push({ group, items: [item] });
      }
      const open = shown.length <= 90;
      const className = backward ? 'adjoint' : 'forward';
      /** @type {(group: Group, body: HTMLElement) => void} */
      const append = ({ group, items }, body) => {
        const [first] = items;
        if (first === undefined) return;
        const fill = (/** @type {HTMLElement} */ inside) => {
          inside.append(...items.map(({ value, v }) => equationRow(model, value, v)));
        };
        if (group === '') {
          const plain = h('div', { class: 'plain' });
          fill(plain);
          body.append(plain);
          return;
        }
        const equations = items.filter(({ value }) => value.math !== undefined).length;
        const update = items.some(({ value }) => value.kind === 'update');
        const summary = h(
          'summary',
          {},
          h('b', { class: update ? 'update' : className }, groupTitle(first.value, group)),
          h('span', { class: 'count' }, counted(equations, 'equation')),
        );
        const keys = items.map(({ v }) => `v${v}`);
        const fold = folder(summary, open && !update, fill, keys.join(' '));
        hiding.add(keys, fold);
        body.append(fold);
      };
      appendRuns(body, groups, {
        kindOf: kindOfGroup,
        nameOf: (item) => (item.group === '' ? '' : shortTitle(item)),
        keysOf: ({ items }) => items.map(({ v }) => `v${v}`),
        append,
        add: hiding.add,
        className,
      });
    },
    reveal: hiding.reveal,
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
  const inner = path.slice(2).map(({ name }) => name);
  const about = [
    leaf ? '' : value.type,
    ...roles,
    inner.length > 0 && value.kind !== 'update' ? inner.join(' › ') : '',
    rule === undefined || rule === 'load' ? '' : rule,
    place ? `${place[0] === 0 ? 'line' : (data.files[place[0]]?.name ?? '')}\u00a0${place[1]}` : '',
  ].filter((text) => text !== '');
  row.append(h('div', { class: 'about' }, about.join(' · ')));
  return row;
}
