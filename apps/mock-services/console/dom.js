/* global document */

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** A new element; what is text stays text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A new element of SVG. */
export function shape(name, attributes = {}, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Replaces the content of an element, but not while nothing in it changed: focus and selection stay. */
export function fill(target, rows, whenEmpty) {
  const next =
    rows.length > 0 ? rows : [element(target.tagName === 'TBODY' ? 'tr' : 'li', {}, emptyCell(target, whenEmpty))];
  const draft = document.createElement(target.tagName);
  draft.append(...next);
  if (draft.innerHTML === target.dataset.shown) return;
  target.dataset.shown = draft.innerHTML;
  target.replaceChildren(...next);
}

function emptyCell(target, text) {
  return element(target.tagName === 'TBODY' ? 'td' : 'span', { class: 'empty', colspan: 9 }, text);
}

/** A table row; each cell knows its label for narrow screens. */
export function row(cells) {
  return element(
    'tr',
    {},
    ...cells.map(([label, content, className]) => element('td', { 'data-label': label, class: className }, content)),
  );
}

/** A short coloured label. */
export const pill = (text, tone = '') => element('span', { class: `pill ${tone}` }, text);
