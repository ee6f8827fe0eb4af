/** Small helpers that make elements, and the words that several panels use. */

/**
 * @param {string} tag
 * @param {Record<string, string | number | boolean | undefined>} attributes
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  setAll(element, attributes);
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number | boolean | undefined>} attributes
 * @param {...(Node | string | undefined)} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAll(element, attributes);
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

/**
 * @param {Element} element
 * @param {Record<string, string | number | boolean | undefined>} attributes
 */
function setAll(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : String(value));
  }
}

/**
 * Markup that the compiler wrote.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {string} markup
 */
export function raw(tag, attributes, markup) {
  const element = h(tag, attributes);
  element.innerHTML = markup;
  return element;
}

/** @param {number} bytes */
export function sizeText(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${trimmed(bytes / 1024)} KB`;
  return bytes < 1024 ** 3 ? `${trimmed(bytes / 1024 ** 2)} MB` : `${trimmed(bytes / 1024 ** 3)} GB`;
}

/** @param {number} n */
const trimmed = (n) => (n < 10 ? n.toFixed(1).replace(/\.0$/, '') : String(Math.round(n)));

/**
 * @param {number} n
 * @param {string} what
 */
export const counted = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;

/**
 * A name that may break behind its underscores and dots, and nowhere else.
 * @param {string} name
 */
export const worded = (name) =>
  name.split(/(?<=[_.])(?=\w)/).flatMap((part, k) => (k === 0 ? [part] : [h('wbr'), part]));

/**
 * At most `length` characters; the end says most.
 * @param {string} text
 * @param {number} length
 */
export const clipped = (text, length) =>
  text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}…`;

/**
 * A part that is made when it is first opened.
 * @param {HTMLElement} summary
 * @param {boolean} open
 * @param {(body: HTMLElement) => void} fill
 * @param {string} [name]
 */
export function folder(summary, open, fill, name) {
  const body = h('div', { class: 'folded' });
  const details = /** @type {HTMLDetailsElement} */ (
    h('details', { open, 'data-fold': name }, summary, body)
  );
  let filled = false;
  const fillOnce = () => {
    if (filled || !details.open) return;
    filled = true;
    fill(body);
    details.dispatchEvent(new CustomEvent('filled', { bubbles: true }));
  };
  details.addEventListener('toggle', fillOnce);
  fillOnce();
  return Object.assign(details, {
    unfold: () => {
      details.open = true;
      fillOnce();
    },
  });
}

/**
 * Draws now and whenever the width of `host` changes.
 * @param {HTMLElement} host
 * @param {(width: number) => void} draw
 */
export function onWidth(host, draw) {
  let width = 0;
  const update = () => {
    if (host.clientWidth === width || host.clientWidth === 0) return;
    width = host.clientWidth;
    draw(width);
    host.dispatchEvent(new CustomEvent('filled', { bubbles: true }));
  };
  update();
  new ResizeObserver(update).observe(host);
}
