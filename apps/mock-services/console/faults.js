/* global document, FormData */
import { api } from './api.js';
import { byId, element, fill } from './dom.js';
import { counted } from './format.js';

/** What the form offers: a name for people, and the fault it adds. */
const presets = [
  ['Answer lost after the commit', { kind: 'lost-answer' }],
  ['503 Service Unavailable', { kind: 'status', status: 503, retry_after: 1 }],
  ['500 after the commit', { kind: 'status', status: 500, when: 'after' }],
  ['Latency, median 200 ms', { kind: 'latency', ms: { median: 200, p99: 1500 } }],
  ['Rate limit, 5 a second', { kind: 'rate-limit', limit: 5 }],
  ['Reset before headers', { kind: 'reset' }],
  ['Reset after headers', { kind: 'reset', at: 'after-headers' }],
  ['Truncated body', { kind: 'truncated-body' }],
  ['Slow body', { kind: 'slow-body' }],
  ['Malformed JSON', { kind: 'malformed-json' }],
  ['Wrong shape', { kind: 'wrong-shape' }],
  ['Write dropped in silence', { kind: 'dropped-write' }],
  ['Write corrupted in silence', { kind: 'corrupted-write' }],
];

const internal = new Set([
  'name',
  'enabled',
  'hits',
  'kind',
  'service',
  'method',
  'path',
  'probability',
  'times',
  'after',
]);

/** A fault in one line: what, where, when. */
function described(fault) {
  const where = [fault.service, fault.method, fault.path].filter(Boolean).join(' ') || 'every request';
  const when = [
    fault.probability !== undefined && fault.probability < 1 ? `${Math.round(fault.probability * 100)} %` : '',
    fault.times === undefined ? '' : `${fault.times} times`,
    fault.after === undefined ? '' : `after ${fault.after}`,
  ];
  const how = Object.entries(fault).filter(([key]) => !internal.has(key));
  const plain = (value) =>
    typeof value === 'object'
      ? Object.entries(value)
          .map(([key, part]) => `${key} ${plain(part)}`)
          .join(', ')
      : value;
  const details = how.map(([key, value]) => `${key.replaceAll('_', ' ')} ${plain(value)}`);
  return [where, ...details, ...when].filter(Boolean).join(' · ');
}

async function changing(work) {
  byId('fault-error').textContent = '';
  try {
    await work();
  } catch (error) {
    byId('fault-error').textContent = error.message;
  }
}

export function showFaults({ faults, seed }) {
  byId('seed').textContent = seed;
  const rows = faults.map((fault) =>
    element(
      'li',
      {},
      element('button', {
        type: 'button',
        class: 'switch',
        role: 'switch',
        'aria-checked': String(fault.enabled),
        'aria-label': fault.name,
        'data-switch': fault.name,
      }),
      element(
        'div',
        { class: 'about' },
        element('div', {}, fault.name, ' ', element('small', {}, counted(fault.hits, 'hit'))),
        element('small', {}, described(fault)),
      ),
      element('button', { type: 'button', class: 'remove', 'data-remove': fault.name, 'aria-label': `Remove ${fault.name}` }, '✕'), // prettier-ignore
    ),
  );
  const focused = document.activeElement?.dataset.switch;
  fill(byId('faults'), rows, 'Nothing goes wrong.');
  if (focused !== undefined) byId('faults').querySelector(`[data-switch="${focused}"]`)?.focus();
}

/** Wires the switches and the form; `changed` is called after each change. */
export function wireFaults(changed) {
  const form = byId('add-fault');
  form.elements.kind.append(...presets.map(([label], i) => element('option', { value: i }, label)));
  byId('faults').addEventListener('click', ({ target }) => {
    const { switch: name, remove } = target.dataset;
    if (name !== undefined) {
      const enabled = target.getAttribute('aria-checked') !== 'true';
      void changing(() => api('PATCH', `faults/${name}`, { enabled })).then(changed);
    }
    if (remove !== undefined) void changing(() => api('DELETE', `faults/${remove}`)).then(changed);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const fault = { ...presets[Number(given.get('kind'))][1] };
    if (given.get('service')) fault.service = given.get('service');
    if (given.get('path')) fault.path = given.get('path');
    if (given.get('times')) fault.times = Number(given.get('times'));
    if (Number(given.get('share')) < 100) fault.probability = Number(given.get('share')) / 100;
    void changing(() => api('POST', 'faults', fault)).then(changed);
  });
}
