/** Starts the page: panels that open and close, selection, search, keyboard, light and dark. */

/** @import { PageData, Model } from './data.js' */
import { reductionWords } from './code.js';
import { indexData, readData } from './data.js';
import { counted, h, sizeText } from './dom.js';
import { graphPanel } from './graph.js';
import { codePanel, kernelsPanel, passesPanel } from './kernels.js';
import { equationsPanel, sourcePanel, typesPanel } from './lists.js';
import { memoryPanel } from './memory.js';
import { scrollWithin, selection } from './select.js';
import { showWithin, withArrows } from './strips.js';

async function start() {
  const model = indexData(await readData());
  const { data } = model;
  for (const word of data.reductions) reductionWords.add(word);
  const all = [
    sourcePanel(model),
    graphPanel(model),
    equationsPanel(model, 'equations'),
    equationsPanel(model, 'backward'),
    kernelsPanel(model),
    codePanel(model),
    memoryPanel(model),
    passesPanel(model),
    typesPanel(model),
  ];
  const host = element('panels');
  const nav = element('tabs');
  withArrows(host, 'panels');
  withArrows(nav, 'tabs');
  /** @type {Map<string, { section: HTMLElement, body: HTMLElement, tab: HTMLElement, rendered: boolean }>} */
  const views = new Map();
  const room = () => Math.max(1, Math.floor(host.clientWidth / 340));
  const isOpen = (/** @type {string} */ id) => views.get(id)?.section.hidden === false;

  for (const [k, panel] of all.entries()) {
    const body = h('div', { class: 'body', tabindex: -1 });
    const section = h('section', {
      class: 'panel',
      id: `panel-${panel.id}`,
      'aria-label': panel.title,
      hidden: true,
    });
    const close = h(
      'button',
      { class: 'close', type: 'button', 'aria-label': `close ${panel.title}`, title: 'close' },
      '×',
    );
    section.append(
      h('header', {}, h('h1', {}, panel.title), h('p', {}, panel.hint), panelTools(panel.id), close),
      body,
    );
    const tab = h(
      'button',
      {
        class: 'tab',
        type: 'button',
        'data-panel': panel.id,
        'aria-pressed': 'false',
        title: `${panel.title}: ${panel.hint} (${k + 1})`,
      },
      panel.title,
      h('span', { class: 'badge' }),
    );
    views.set(panel.id, { section, body, tab, rendered: false });
    host.append(section);
    nav.append(tab);
    close.addEventListener('click', () => setOpen(panel.id, false));
    tab.addEventListener('click', () => {
      const one = room() === 1;
      if (one && isOpen(panel.id)) return;
      if (one) for (const other of views.keys()) if (other !== panel.id) setOpen(other, false);
      setOpen(panel.id, !isOpen(panel.id));
      if (isOpen(panel.id)) showWithin(host, section);
    });
  }

  const setOpen = (/** @type {string} */ id, /** @type {boolean} */ open) => {
    const view = views.get(id);
    if (view === undefined) return;
    view.section.hidden = !open;
    view.tab.setAttribute('aria-pressed', String(open));
    if (open) showWithin(nav, view.tab);
    if (open && !view.rendered) {
      view.rendered = true;
      all.find((panel) => panel.id === id)?.render(view.body);
      prepare(view.body);
    }
    const current = marks.current();
    if (open && current !== undefined) marks.show(current);
  };

  const marks = selection(
    model,
    {
      isOpen,
      body: (id) => (isOpen(id) ? views.get(id)?.body : undefined),
      reveal: (id, key) => all.find((panel) => panel.id === id)?.reveal?.(key),
      uncover: (key) => {
        for (const panel of all) if (isOpen(panel.id)) panel.uncover?.(key);
      },
      setCounts: (counts) => {
        for (const [id, { tab }] of views) {
          const badge = tab.querySelector('.badge');
          if (badge !== null) badge.textContent = counts.has(id) ? String(counts.get(id)) : '';
        }
        // Numbers make tabs wider: where there is one panel, its tab stays in sight.
        if (room() === 1)
          for (const tab of nav.querySelectorAll('[aria-pressed="true"]')) showWithin(nav, tab);
      },
      openPanel: (id) => {
        if (room() === 1) for (const other of views.keys()) if (other !== id) setOpen(other, false);
        setOpen(id, true);
      },
    },
    element('thread'),
  );

  /** One thing of a panel takes part in the tab order; arrows move from there. */
  const prepare = (/** @type {HTMLElement} */ body) => {
    const items = keyed(body);
    for (const item of items) if (!item.hasAttribute('tabindex')) item.setAttribute('tabindex', '-1');
    if (items[0] !== undefined && !body.querySelector('[data-k][tabindex="0"]'))
      items[0].setAttribute('tabindex', '0');
    marks.paint(body);
  };
  host.addEventListener('filled', (event) => {
    const body = /** @type {Element} */ (event.target).closest('.body');
    if (body instanceof HTMLElement) prepare(body);
  });

  host.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target.closest('[data-k]') : null;
    if (target === null || String(getSelection()) !== '') return;
    const key = /** @type {HTMLElement} */ (target).dataset['k'];
    const summary = target.closest('summary');
    if (key === undefined) return;
    if (
      summary !== null &&
      /** @type {HTMLDetailsElement} */ (summary.parentElement).open &&
      marks.current() !== key
    )
      event.preventDefault();
    focusOn(target);
    marks.show(
      key,
      /** @type {HTMLElement | null} */ (target.closest('.panel'))?.id.replace('panel-', '') ?? '',
    );
  });

  host.addEventListener('keydown', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const body = target?.closest('.body');
    if (!(body instanceof HTMLElement) || target === null || !target.hasAttribute('data-k')) return;
    if (event.key === 'Enter' || event.key === ' ') {
      const key = /** @type {HTMLElement} */ (target).dataset['k'];
      if (key !== undefined && target.tagName !== 'SUMMARY') {
        event.preventDefault();
        marks.show(key, body.parentElement?.id.replace('panel-', '') ?? '');
      }
      return;
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const items = keyed(body).filter((item) => item.getClientRects().length > 0);
    const next = items[items.indexOf(/** @type {HTMLElement} */ (target)) + step];
    if (next !== undefined) focusOn(next);
  });

  const focusOn = (/** @type {Element} */ target) => {
    const item = /** @type {HTMLElement} */ (
      target.closest('math') === null ? target : (target.closest('.equation') ?? target)
    );
    for (const other of item.closest('.body')?.querySelectorAll('[data-k][tabindex="0"]') ?? [])
      other.setAttribute('tabindex', '-1');
    item.setAttribute('tabindex', '0');
    item.focus({ preventScroll: true });
    const body = item.closest('.body');
    if (body instanceof HTMLElement) scrollWithin(body, item);
  };

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === 'Escape') {
      if (typing) /** @type {HTMLInputElement} */ (event.target).blur();
      marks.show(undefined);
    } else if (typing) return;
    else if (event.key === '/') {
      event.preventDefault();
      element('search').focus();
    } else if (event.key === 't') toggleTheme();
    else if (event.key === 'f') toggleNotation();
    else if (/^[1-9]$/.test(event.key)) nav.querySelectorAll('button')[Number(event.key) - 1]?.click();
  });

  search(model, marks.go);
  describe(data);
  themes();
  notation();
  const wanted =
    data.open ??
    (room() >= 3 ? ['source', 'graph', 'equations'] : room() === 2 ? ['source', 'graph'] : ['source']);
  for (const id of room() === 1 ? wanted.slice(0, 1) : wanted) setOpen(id, true);
  const named = location.hash;
  marks.show(undefined);
  const follow = (/** @type {string} */ hash) => {
    const name = decodeURIComponent(hash.slice(1));
    const value = model.numberOf.get(name);
    if (value !== undefined) marks.go(`v${value}`);
    else if (/^(?:[kb]\d+|[Lw]\d+:\d+)$/.test(name)) marks.go(name);
  };
  follow(named);
  addEventListener('hashchange', () => follow(location.hash));
  document.documentElement.dataset['ready'] = 'true';
}

/**
 * Things of a panel that the keyboard can reach; tensors within a formula are for the pointer.
 * @param {HTMLElement} body
 * @returns {HTMLElement[]}
 */
const keyed = (body) =>
  /** @type {HTMLElement[]} */ (
    [...body.querySelectorAll('[data-k]')].filter((item) => item.closest('math') === null)
  );

/** @param {string} id */
export function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
}

/** @param {string} id */
function panelTools(id) {
  if (id !== 'equations' && id !== 'backward') return undefined;
  const button = h(
    'button',
    { class: 'small notation', type: 'button', title: 'formulas or text (f)' },
    '∑ / abc',
  );
  button.addEventListener('click', toggleNotation);
  return button;
}

function toggleNotation() {
  document.documentElement.classList.toggle('text-notation');
}

/** A browser without MathML shows text. */
function notation() {
  if (!('MathMLElement' in window)) toggleNotation();
}

function toggleTheme() {
  const root = document.documentElement;
  const dark =
    root.dataset['theme'] === 'dark' ||
    (root.dataset['theme'] === undefined && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset['theme'] = dark ? 'light' : 'dark';
}

function themes() {
  element('theme').addEventListener('click', toggleTheme);
}

/** @param {PageData} data */
function describe(data) {
  const equations = (/** @type {string} */ kind) =>
    data.values.filter((v) => v.kind === kind && v.math !== undefined).length;
  const facts = [
    counted(equations('forward'), 'equation'),
    equations('adjoint') > 0 ? counted(equations('adjoint'), 'adjoint') : '',
    counted(data.dispatches.length, 'kernel'),
    sizeText(data.totalBytes),
  ];
  element('facts').textContent = facts.filter((text) => text !== '').join(' · ');
}

/**
 * @param {Model} model
 * @param {(key: string) => void} go
 */
function search(model, go) {
  const field = /** @type {HTMLInputElement} */ (element('search'));
  const list = element('names');
  list.append(...model.data.values.map(({ name }) => h('option', { value: name })));
  field.addEventListener('change', () => {
    const wanted = field.value.trim();
    const value =
      model.numberOf.get(wanted) ?? model.data.values.findIndex(({ name }) => name.includes(wanted));
    if (wanted !== '' && value >= 0) go(`v${value}`);
  });
}

void start();
