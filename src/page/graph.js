/**
 * The graph as a picture: values in a column that goes down, their adjoints beside them in one that goes up,
 * what the optimizer does in a third. Layers are boxes that open and close.
 */

/** @import { Model } from './data.js' */
/** @import { Panel } from './lists.js' */
/** @import { End } from './edges.js' */
/** @import { Box, Item } from './tree.js' */
import { clipped, h, onWidth, svg } from './dom.js';
import { edges } from './edges.js';
import { treeOf } from './tree.js';

const rowHeight = 34;
const nodeHeight = 24;

/**
 * @param {Model} model
 * @returns {Panel}
 */
export function graphPanel(model) {
  const { data } = model;
  /** @type {Map<string, boolean>} */ const openness = new Map();
  /** @type {HTMLElement | undefined} */ let host;
  const tree = treeOf(model);
  const many = tree.boxes.size > 14;
  const isOpen = (/** @type {string} */ key) => openness.get(key) ?? (!many && !tree.runs.has(key));
  const draw = () => {
    if (host === undefined) return;
    host.replaceChildren(picture(model, tree, isOpen, host.clientWidth || 480, toggle));
    host.dispatchEvent(new CustomEvent('filled', { bubbles: true }));
  };
  const toggle = (/** @type {string} */ key) => {
    openness.set(key, !isOpen(key));
    draw();
    /** @type {SVGElement | null | undefined} */
    const header = host?.querySelector(`[data-box="${CSS.escape(key)}"]`);
    header?.focus({ preventScroll: true });
  };
  const all = (/** @type {boolean} */ open) => {
    for (const key of tree.boxes.keys()) openness.set(key, open);
    draw();
  };
  return {
    id: 'graph',
    title: 'Graph',
    hint: 'forward down, adjoints up',
    render: (body) => {
      const legend = h(
        'p',
        { class: 'note legend' },
        h('span', { class: 'forward' }, 'forward ↓'),
        h('span', { class: 'adjoint' }, 'adjoint ↑'),
        data.values.some(({ kind }) => kind === 'update')
          ? h('span', { class: 'update' }, 'update')
          : undefined,
      );
      if (tree.boxes.size > 0) {
        const opener = h('button', { class: 'small', type: 'button' }, 'open all');
        const closer = h('button', { class: 'small', type: 'button' }, 'close all');
        opener.addEventListener('click', () => all(true));
        closer.addEventListener('click', () => all(false));
        legend.append(opener, closer);
      }
      host = h('div', { class: 'picture' });
      body.append(legend, host);
      onWidth(host, draw);
    },
    reveal: (key) => {
      const boxes = key[0] === 'v' ? (tree.within.get(Number(key.slice(1))) ?? []) : [];
      const closed = boxes.filter((box) => !isOpen(box));
      for (const box of closed) openness.set(box, true);
      if (closed.length > 0) draw();
    },
  };
}

/** @typedef {ReturnType<typeof treeOf>} Tree */

/**
 * @param {Model} model
 * @param {Tree} tree
 * @param {(key: string) => boolean} isOpen
 * @param {number} width
 * @param {(key: string) => void} toggle
 */
export function picture(model, tree, isOpen, width, toggle) {
  const { data } = model;
  const narrow = width < 430;
  const gutter = narrow ? 20 : 34;
  const hasUpdates = tree.updates.size > 0;
  const hasAdjoints = tree.adjoints.size > 0;
  const inner = Math.min(width, 640) - 2 * gutter;
  const gap = narrow ? 18 : 26;
  const share = hasUpdates ? [0.47, 0.33, 0.2] : hasAdjoints ? [0.58, 0.42, 0] : [1, 0, 0];
  const columns = [0, 1, 2].map((c) => ({
    x: gutter + share.slice(0, c).reduce((n, s) => n + s, 0) * inner,
    width: (share[c] ?? 0) * inner - (c < 2 && (share[c + 1] ?? 0) > 0 ? gap : 0),
  }));
  const [forward, backward, update] =
    /** @type {[{x: number, width: number}, {x: number, width: number}, {x: number, width: number}]} */ (
      columns
    );
  /** @type {Map<number, End>} */
  const ends = new Map();
  const boxLayer = svg('g', {});
  const headLayer = svg('g', {});
  const nodeLayer = svg('g', {});
  let y = 8;

  const node = (
    /** @type {number} */ v,
    /** @type {{x: number, width: number}} */ column,
    /** @type {number} */ inset,
    /** @type {number} */ atY,
    /** @type {string} */ label,
    /** @type {string} */ detail,
  ) => {
    const value = data.values[v];
    const rect = { x: column.x + inset, y: atY, width: column.width - inset, height: nodeHeight };
    ends.set(v, { ...rect, id: `v${v}`, closed: false });
    const room = Math.floor((rect.width - 14) / 6.9);
    const name = clipped(label, room);
    const group = svg(
      'g',
      { class: `node ${value?.kind} ${value?.math === undefined ? 'leaf' : ''}`, 'data-k': `v${v}` },
      svg('title', {}, value?.text ?? ''),
    );
    group.append(
      svg('rect', {
        x: rect.x,
        y: rect.y,
        width: rect.width,
        height: rect.height,
        rx: value?.math === undefined ? 12 : 5,
      }),
    );
    group.append(svg('text', { x: rect.x + 8, y: rect.y + 16 }, name));
    if (name.length + detail.length + 2 <= room) {
      group.append(
        svg(
          'text',
          { x: rect.x + rect.width - 8, y: rect.y + 16, 'text-anchor': 'end', class: 'dim' },
          detail,
        ),
      );
    }
    nodeLayer.append(group);
  };

  const place = (/** @type {Item} */ item, /** @type {number} */ depth) => {
    if ('box' in item) {
      placeBox(item.box, depth);
      return;
    }
    const v = item.value;
    const value = data.values[v];
    if (value === undefined) return;
    const type = value.type.replace(/^\w+/, '') || value.type;
    const beside = tree.adjoints.get(v) ?? [];
    node(v, forward, depth * 8, y, value.label, type);
    beside.forEach((adjoint, k) => {
      node(
        adjoint,
        { x: backward.x, width: backward.width - depth * 8 * (hasUpdates ? 0 : 1) },
        0,
        y + k * (nodeHeight + 4),
        `∂${data.values[adjoint]?.label ?? ''}`,
        '',
      );
    });
    const step = tree.updates.get(v);
    if (step !== undefined && hasUpdates) {
      const result = step.values.findLast((u) => data.values[u]?.kind === 'update') ?? step.values[0];
      if (result !== undefined) {
        node(result, { x: update.x, width: update.width - depth * 8 }, 0, y, step.title, '');
        for (const u of step.values) ends.set(u, /** @type {End} */ (ends.get(result)));
      }
    }
    y += rowHeight + Math.max(0, beside.length - 1) * (nodeHeight + 4);
  };

  const placeBox = (/** @type {Box} */ { key, title }, /** @type {number} */ depth) => {
    const content = tree.boxes.get(key);
    if (content === undefined) return;
    const open = isOpen(key);
    const start = y;
    const x = gutter - 8 + depth * 8;
    const right = gutter + inner + 8 - depth * 8;
    const header = svg('g', {
      class: 'box-head',
      'data-box': key,
      tabindex: 0,
      role: 'button',
      'aria-expanded': String(open),
      'aria-label': `${title}, ${open ? 'close' : 'open'}`,
    });
    const backs = valuesIn(content).reduce((n, v) => n + (tree.adjoints.get(v)?.length ?? 0), 0);
    const equations = valuesIn(content).filter((v) => data.values[v]?.math !== undefined).length;
    y += 28;
    if (open) {
      for (const item of content.items) place(item, depth + 1);
      y += 2;
    } else y += 2;
    const height = y - start;
    const frame = svg('rect', {
      class: open ? 'box' : 'box closed',
      x,
      y: start,
      width: right - x,
      height,
      rx: 8,
    });
    boxLayer.prepend(frame);
    header.append(
      svg('path', {
        class: 'turn',
        d: open ? `M${x + 9},${start + 11} h8 l-4,5 z` : `M${x + 10},${start + 9} v8 l5,-4 z`,
      }),
      svg('rect', { class: 'hit', x, y: start, width: right - x, height: Math.min(height, 28), rx: 8 }),
      svg(
        'text',
        { x: x + 22, y: start + 18, class: 'box-title' },
        `${clipped(title, Math.floor((right - x - 130) / 7))}`,
      ),
      svg(
        'text',
        { x: right - 10, y: start + 18, 'text-anchor': 'end', class: 'dim' },
        open ? '' : `${equations} eq${backs > 0 ? ` · ${backs} ∂` : ''}`,
      ),
    );
    header.addEventListener('click', () => toggle(key));
    header.addEventListener('keydown', (event) => {
      const pressed = /** @type {KeyboardEvent} */ (event).key;
      if (pressed !== 'Enter' && pressed !== ' ') return;
      event.preventDefault();
      event.stopPropagation();
      toggle(key);
    });
    if (!open) {
      const end = { x, y: start, width: right - x, height, id: key, closed: true };
      for (const v of valuesIn(content)) {
        ends.set(v, { ...end, width: forward.x + forward.width - x });
        for (const a of tree.adjoints.get(v) ?? [])
          ends.set(a, { ...end, x: backward.x, width: right - backward.x });
        for (const u of tree.updates.get(v)?.values ?? [])
          ends.set(u, { ...end, x: backward.x, width: right - backward.x });
      }
      header.setAttribute(
        'data-fold',
        valuesIn(content)
          .flatMap((v) => [v, ...(tree.adjoints.get(v) ?? [])])
          .map((v) => `v${v}`)
          .join(' '),
      );
      nodeLayer.append(header);
    } else headLayer.append(header);
    y += 8;
  };

  /** @param {{ items: Item[] }} content @returns {number[]} */
  const valuesIn = (content) =>
    content.items.flatMap((item) =>
      'value' in item ? [item.value] : valuesIn(tree.boxes.get(item.box.key) ?? { items: [] }),
    );

  for (const item of tree.top) place(item, 0);
  const total = y + 6;
  const drawn = svg('svg', {
    width: Math.min(width, 640),
    height: total,
    viewBox: `0 0 ${Math.min(width, 640)} ${total}`,
    role: 'group',
    'aria-label': 'graph of values and adjoints',
  });
  drawn.append(
    boxLayer,
    headLayer,
    edges(model, ends, { width: Math.min(width, 640), updates: hasUpdates ? update.x : undefined }),
    nodeLayer,
  );
  return drawn;
}
