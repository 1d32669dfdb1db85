/* global requestAnimationFrame */
import { api } from './api.js';
import { byId, element, pill } from './dom.js';

const most = 300;
let entries = [];
let waiting = [];
let paused = false;
let planned = false;

function tone({ outcome, status }) {
  if (outcome !== 'answered' || status >= 500) return 'bad';
  return status >= 400 ? 'warn' : 'good';
}

function entryRow(entry) {
  const status = entry.outcome === 'answered' ? String(entry.status) : entry.outcome;
  return element(
    'li',
    {},
    element('time', { class: 'tabular muted', datetime: entry.at }, entry.at.slice(11, 19)),
    element('span', { class: 'service muted' }, entry.service),
    element('span', { class: 'mono' }, entry.method),
    element('span', { class: 'path mono ellipsis', title: entry.path }, entry.path),
    element('span', { class: 'chips' }, ...entry.faults.map((name) => pill(name, 'warn'))),
    element('span', { class: 'status' }, pill(status, tone(entry))),
    element('span', { class: entry.committed ? 'state yes' : 'state' }, entry.committed ? '✓ committed' : '–'),
  );
}

function shown(entry) {
  const words = byId('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${entry.service} ${entry.method} ${entry.path} ${entry.outcome} ${entry.status} ${entry.faults.join(' ')}${entry.committed ? ' committed' : ''}`; // prettier-ignore
  return words.every((word) => text.toLowerCase().includes(word));
}

function draw() {
  planned = false;
  const known = new Map([...waiting.reverse(), ...entries].map((entry) => [entry.sequence, entry]));
  entries = [...known.values()].sort((a, b) => b.sequence - a.sequence).slice(0, most);
  waiting = [];
  const rows = entries.filter(shown).map(entryRow);
  const empty = entries.length === 0 ? 'No request yet.' : 'Nothing fits the filter.';
  byId('entries').replaceChildren(...(rows.length > 0 ? rows : [element('li', { class: 'empty' }, empty)]));
}

function plan() {
  if (planned || paused) return;
  planned = true;
  requestAnimationFrame(draw);
}

/** A request that just ended. */
export function addEntry(entry) {
  waiting.push(entry);
  if (waiting.length > most) waiting.shift();
  plan();
}

/** The journal as the services have it. */
export async function loadJournal() {
  const { entries: held } = await (await api('GET', `journal?limit=${most}`)).json();
  entries = held.filter(({ outcome }) => outcome !== 'pending').reverse();
  waiting = [];
  draw();
}

export function wireJournal() {
  byId('filter').addEventListener('input', draw);
  byId('clear-journal').addEventListener('click', () => void api('DELETE', 'journal').then(loadJournal));
  byId('pause').addEventListener('click', () => {
    paused = !paused;
    byId('pause').setAttribute('aria-pressed', String(paused));
    byId('pause').textContent = paused ? 'Resume' : 'Pause';
    plan();
  });
}
