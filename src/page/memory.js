/** The buffer plan as a Gantt picture: a row a buffer, a column a dispatch. */

/** @import { Model } from './data.js' */
/** @import { Panel } from './lists.js' */
import { clipped, counted, h, onWidth, sizeText, svg } from './dom.js';

/**
 * @param {Model} model
 * @returns {Panel}
 */
export function memoryPanel(model) {
  const { data } = model;
  return {
    id: 'memory',
    title: 'Memory',
    hint: 'which buffer holds what, and when',
    render: (body) => {
      const rows = data.buffers.map((buffer, b) => ({ buffer, b }));
      const moving = rows.filter(({ buffer }) => buffer.role === 'temporary');
      const kept = rows.filter(({ buffer }) => buffer.role !== 'temporary');
      const sum = (/** @type {typeof rows} */ list) =>
        sizeText(list.reduce((n, { buffer }) => n + buffer.bytes, 0));
      const host = h('div', {});
      body.append(host);
      onWidth(host, (width) => {
        host.replaceChildren(
          h(
            'p',
            { class: 'note' },
            `${sizeText(data.totalBytes)} in ${counted(rows.length, 'buffer')}; columns are the ${data.dispatches.length} dispatches in order.`,
          ),
          h('h3', {}, `Reused while it runs: ${sum(moving)}`),
          gantt(model, moving, width),
          h('h3', {}, `Kept between runs, inputs and results: ${sum(kept)}`),
          gantt(model, kept, width),
        );
      });
    },
  };
}

/**
 * @param {Model} model
 * @param {readonly { buffer: import('../views/page/data.ts').BufferData, b: number }[]} rows
 * @param {number} space
 */
function gantt({ data }, rows, space) {
  const count = Math.max(1, data.dispatches.length);
  const cell = Math.max(count > 120 ? 6 : 14, Math.min(44, Math.floor((space - 84 - 32) / count)));
  const left = 84;
  const height = 23;
  const top = 20;
  const width = left + count * cell + 8;
  const total = top + rows.length * height + 6;
  const largest = Math.max(1, ...rows.map(({ buffer }) => buffer.bytes));
  const picture = svg('svg', {
    width,
    height: total,
    viewBox: `0 0 ${width} ${total}`,
    role: 'group',
    'aria-label': 'buffers over time',
  });
  const every = Math.ceil(18 / cell);
  data.dispatches.forEach(({ name }, k) => {
    const x = left + k * cell;
    const band = svg('g', { class: 'band', 'data-k': `k${k}` }, svg('title', {}, `${k + 1} ${name}`));
    band.append(
      svg('rect', { x, y: 0, width: cell, height: total - 4, class: k % 2 === 0 ? 'even' : 'odd' }),
    );
    if (k % every === 0)
      band.append(
        svg('text', { x: x + cell / 2, y: 13, 'text-anchor': 'middle', class: 'tick' }, String(k + 1)),
      );
    picture.append(band);
  });
  rows.forEach(({ buffer, b }, n) => {
    const y = top + n * height;
    const group = svg('g', { class: `buffer ${buffer.role}`, 'data-k': `b${b}` });
    group.append(svg('title', {}, `b${b}: ${buffer.label}, ${buffer.bytes} bytes, ${buffer.role}`));
    group.append(svg('rect', { x: 0, y: y + 1, width: width - 4, height: height - 2, class: 'hit' }));
    const share = Math.max(2, (left - 8) * Math.sqrt(buffer.bytes / largest));
    group.append(svg('rect', { x: 2, y: y + height - 4, width: share, height: 2, class: 'share' }));
    group.append(
      svg('text', { x: 2, y: y + 12, class: 'name' }, `b${b}`),
      svg('text', { x: left - 6, y: y + 12, 'text-anchor': 'end', class: 'size' }, sizeText(buffer.bytes)),
    );
    if (buffer.role === 'persistent' || buffer.role === 'input') {
      group.append(
        svg('rect', { x: left, y: y + height / 2 - 1, width: count * cell, height: 2, class: 'rail' }),
      );
    }
    for (const { value, from, to } of buffer.lives) {
      const kind = data.values[value]?.kind ?? 'forward';
      const wide = (to - from + 1) * cell - 2;
      const bar = svg(
        'g',
        { class: `life ${kind}`, 'data-k': `v${value}` },
        svg('title', {}, `${data.values[value]?.name}: dispatch ${from + 1} to ${to + 1}`),
      );
      bar.append(
        svg('rect', { x: left + from * cell + 1, y: y + 2, width: wide, height: height - 8, rx: 3 }),
      );
      const room = Math.floor((wide - 6) / 6.4);
      const name = data.values[value]?.name ?? '';
      if (room >= 3) bar.append(svg('text', { x: left + from * cell + 5, y: y + 13 }, clipped(name, room)));
      group.append(bar);
    }
    for (const { dispatch, written } of buffer.touches) {
      group.append(
        svg('circle', {
          cx: left + (dispatch + 0.5) * cell,
          cy: y + height - 3.5,
          r: 1.7,
          class: written ? 'write' : 'read',
        }),
      );
    }
    picture.append(group);
  });
  return h('div', { class: 'wide' }, picture);
}
