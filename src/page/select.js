/** What is selected, the marks of its relatives in every open panel, and the thread that tells the story in a line. */

import { clipped, h, sizeText } from './dom.js';
/** @import { PageData, Model } from './data.js' */
/** @import { Relatives } from './links.js' */
import { panelsOf, relativesOf } from './links.js';

/**
 * @param {Model} model
 * @param {{ isOpen: (id: string) => boolean, body: (id: string) => HTMLElement | undefined, reveal: (id: string, key: string) => void, uncover: (key: string) => void, setCounts: (counts: ReadonlyMap<string, number>) => void, openPanel: (id: string) => void }} panels
 * @param {HTMLElement} thread
 */
export function selection(model, panels, thread) {
  /** @type {string | undefined} */ let current;
  /** @type {Relatives} */ let relatives = { from: new Set(), to: new Set() };

  const markOf = (/** @type {string} */ key) =>
    key === current
      ? 'is-selected'
      : relatives.from.has(key)
        ? 'is-from'
        : relatives.to.has(key)
          ? 'is-to'
          : '';

  /** Marks what is rendered below `root`. */
  const paint = (/** @type {ParentNode} */ root) => {
    for (const element of root.querySelectorAll('[data-k]')) {
      const mark =
        current === undefined ? '' : markOf(/** @type {HTMLElement} */ (element).dataset['k'] ?? '');
      element.classList.remove('is-selected', 'is-from', 'is-to');
      if (mark !== '') element.classList.add(mark);
      if (element.closest('.panel') !== null && !element.closest('math')) {
        if (mark === 'is-selected') element.setAttribute('aria-current', 'true');
        else element.removeAttribute('aria-current');
      }
    }
    for (const element of root.querySelectorAll('[data-fold]')) {
      const keys = (element.getAttribute('data-fold') ?? '').split(' ');
      const marks = new Set(current === undefined ? [] : keys.map(markOf));
      element.classList.toggle('has-selected', marks.has('is-selected'));
      element.classList.toggle('has-from', marks.has('is-from'));
      element.classList.toggle('has-to', marks.has('is-to'));
    }
    for (const element of root.querySelectorAll('[data-e]')) {
      const keys = (element.getAttribute('data-e') ?? '').split(' ');
      element.classList.toggle('is-lit', current !== undefined && keys.includes(current));
    }
  };

  const show = (/** @type {string | undefined} */ key, /** @type {string} */ clickedIn = '') => {
    current = key;
    relatives = key === undefined ? { from: new Set(), to: new Set() } : relativesOf(model, key);
    document.documentElement.classList.toggle('has-selection', key !== undefined);
    const all = key === undefined ? [] : [key, ...relatives.from, ...relatives.to];
    /** @type {Map<string, number>} */ const counts = new Map();
    /** @type {Map<string, string>} */ const first = new Map();
    for (const related of all) {
      for (const id of panelsOf(model, related)) {
        counts.set(id, (counts.get(id) ?? 0) + 1);
        if (!first.has(id)) first.set(id, related);
      }
    }
    panels.setCounts(counts);
    for (const [id, related] of first) if (id !== clickedIn && panels.isOpen(id)) panels.reveal(id, related);
    for (const related of all) panels.uncover(related);
    paint(document);
    for (const [id, related] of first) {
      const body = panels.body(id);
      if (id === clickedIn || body === undefined) continue;
      const target =
        body.querySelector(`[data-k="${related}"]`) ?? body.querySelector('.is-selected, .is-to, .is-from');
      if (target !== null) scrollWithin(body, target);
    }
    tell(model, thread, key, relatives, go);
    const hash =
      key === undefined
        ? ' '
        : `#${key.startsWith('v') ? model.data.values[Number(key.slice(1))]?.name : key}`;
    history.replaceState(null, '', hash.trim() === '' ? location.pathname + location.search : hash);
  };

  /** Selects, and opens a panel that shows it where none does. */
  const go = (/** @type {string} */ key) => {
    const wanted = panelsOf(model, key);
    if (!wanted.some((id) => panels.isOpen(id)) && wanted[0] !== undefined)
      panels.openPanel(wanted.find((id) => id !== 'graph') ?? wanted[0]);
    show(key);
    for (const id of wanted) if (panels.isOpen(id)) panels.reveal(id, key);
    paint(document);
    for (const id of wanted) {
      const body = panels.body(id);
      const target = body?.querySelector(`[data-k="${key}"]`);
      if (body !== undefined && target) scrollWithin(body, target);
    }
  };

  return { show, go, paint, current: () => current };
}

/**
 * Scrolls the panel only: the page itself stays where it is.
 * @param {HTMLElement} body
 * @param {Element} target
 */
export function scrollWithin(body, target) {
  const [outer, inner] = [body.getBoundingClientRect(), target.getBoundingClientRect()];
  if (inner.top >= outer.top + 24 && inner.bottom <= outer.bottom - 24) return;
  body.scrollTop +=
    inner.top - outer.top - Math.max(24, (outer.height - Math.min(inner.height, outer.height)) / 3);
}

/**
 * Line → equation → adjoint → kernel → buffer, as chips.
 * @param {Model} model
 * @param {HTMLElement} thread
 * @param {string | undefined} key
 * @param {Relatives} relatives
 * @param {(key: string) => void} go
 */
function tell({ data }, thread, key, relatives, go) {
  if (key === undefined) {
    thread.replaceChildren(
      h(
        'p',
        { class: 'invitation' },
        'Click anything: a line, an equation, a kernel, a buffer. ',
        h('span', { class: 'is-from' }, 'What it came from'),
        ' and ',
        h('span', { class: 'is-to' }, 'what it became'),
        ' is marked in every panel.',
      ),
    );
    return;
  }
  const all = [key, ...relatives.from, ...relatives.to];
  const kindOf = (/** @type {string} */ k) => data.values[Number(k.slice(1))]?.kind;
  /** @type {readonly (readonly [string, (key: string) => boolean])[]} */
  const stations = [
    ['line', (k) => k[0] === 'L'],
    ['equation', (k) => k[0] === 'v' && kindOf(k) !== 'adjoint' && kindOf(k) !== 'update'],
    ['adjoint', (k) => k[0] === 'v' && kindOf(k) === 'adjoint'],
    ['update', (k) => k[0] === 'v' && kindOf(k) === 'update'],
    ['kernel', (k) => k[0] === 'k'],
    ['code', (k) => k[0] === 'w'],
    ['buffer', (k) => k[0] === 'b'],
  ];
  const chip = (/** @type {string} */ k) => {
    const button = h(
      'button',
      {
        class: `chip ${k === key ? 'is-selected' : relatives.from.has(k) ? 'is-from' : 'is-to'}`,
        type: 'button',
      },
      chipText(data, k),
    );
    button.addEventListener('click', () => go(k));
    return button;
  };
  thread.replaceChildren(
    ...stations.flatMap(([title, belongs]) => {
      const keys = all.filter(belongs);
      if (keys.length === 0) return [];
      const shown = keys.slice(0, title === 'code' ? 1 : 3);
      const more = keys.length - shown.length;
      return [
        h(
          'div',
          { class: 'station' },
          h('h2', {}, title),
          h('div', {}, ...shown.map(chip), more > 0 ? h('span', { class: 'more' }, `+${more}`) : undefined),
        ),
      ];
    }),
  );
}

/**
 * @param {PageData} data
 * @param {string} key
 */
function chipText(data, key) {
  const [a = 0, b = 0] = key.slice(1).split(':').map(Number);
  switch (key[0]) {
    case 'L':
      return `${b}: ${clipped((data.files[a]?.text.split('\n')[b - 1] ?? '').trim(), 36)}`;
    case 'v':
      return data.values[a]?.name ?? '';
    case 'k':
      return `${a + 1} ${data.dispatches[a]?.name}`;
    case 'w':
      return `${data.dispatches[a]?.name}:${b + 1}`;
    default:
      return `b${a} ${sizeText(data.buffers[a]?.bytes ?? 0)}`;
  }
}
