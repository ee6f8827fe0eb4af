/** Rows that are wider than the screen: arrows at the ends behind which there is more. */

import { h } from './dom.js';

/** Less than this is the space around what is there. */
const edge = 16;

/**
 * Scrolls a row, and nothing else, until all of a thing in it is in sight.
 * @param {HTMLElement} row
 * @param {Element} thing
 */
export function showWithin(row, thing) {
  const [outer, inner] = [row.getBoundingClientRect(), thing.getBoundingClientRect()];
  const room = 30;
  if (inner.left < outer.left + room) row.scrollLeft += inner.left - outer.left - room;
  else if (inner.right > outer.right - room) row.scrollLeft += inner.right - outer.right + room;
}

/**
 * Puts arrows over the ends of a row that scrolls; `what` is what they lead to.
 * @param {HTMLElement} row
 * @param {string} what
 */
export function withArrows(row, what) {
  const frame = h('div', { class: 'strip', id: `${row.id}-strip` });
  row.replaceWith(frame);
  const arrows = [
    { side: 'left', sign: '‹', by: -1 },
    { side: 'right', sign: '›', by: 1 },
  ].map(({ side, sign, by }) => {
    const arrow = h(
      'button',
      { class: `arrow ${side}`, type: 'button', tabindex: -1, hidden: true, title: `more ${what}` },
      sign,
    );
    arrow.addEventListener('click', () =>
      row.scrollBy({ left: by * row.clientWidth * 0.8, behavior: 'smooth' }),
    );
    return arrow;
  });
  frame.append(row, ...arrows);
  const update = () => {
    const [left, right] = arrows;
    const behind = row.scrollWidth - row.clientWidth - row.scrollLeft;
    if (left !== undefined) left.hidden = row.scrollLeft < edge;
    if (right !== undefined) right.hidden = behind < edge;
  };
  row.addEventListener('scroll', update, { passive: true });
  new ResizeObserver(update).observe(row);
  new MutationObserver(update).observe(row, {
    childList: true,
    attributes: true,
    attributeFilter: ['hidden'],
    subtree: true,
  });
}
