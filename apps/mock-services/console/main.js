/* global document, localStorage, matchMedia, setInterval, setTimeout */
import { api, follow } from './api.js';
import { byId } from './dom.js';
import { showFaults, wireFaults } from './faults.js';
import { instant } from './format.js';
import { addEntry, loadJournal, wireJournal } from './journal.js';
import { showArchives, showAudit, showBreakers, showSessions, showTiles, showUsage } from './panels.js';

let latest;
/** How far the clock of the services is ahead of this one, in ms. */
let ahead = 0;

async function refresh() {
  latest = await (await api('GET', 'overview')).json();
  ahead = Date.parse(latest.now) - Date.now();
  for (const show of [showTiles, showUsage, showSessions, showBreakers, showAudit, showFaults]) show(latest);
  tick();
}

function tick() {
  const now = Date.now() + ahead;
  byId('now').textContent = instant(new Date(now));
  if (latest) showArchives(latest, now);
}

let due = false;

/** Refreshes soon; many reasons in a row are one. */
function refreshSoon() {
  if (due) return;
  due = true;
  setTimeout(() => {
    due = false;
    refresh().catch(offline);
  }, 300);
}

function offline() {
  byId('live').className = '';
  byId('live').textContent = 'not connected';
}

function seen(event, data) {
  if (event === 'journal') addEntry(data);
  else if (data.what === 'state' || data.what === 'journal') loadJournal().catch(offline);
  refreshSoon();
}

/** Stays on the stream of events, and comes back to it. */
async function stayLive() {
  for (;;) {
    try {
      await refresh();
      await loadJournal();
      byId('live').className = 'on';
      byId('live').textContent = 'live';
      await follow('events', seen);
    } catch {
      // Shown below like a stream that ended.
    }
    offline();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function wireTheme() {
  const root = document.documentElement;
  const kept = localStorage.getItem('mock-theme');
  if (kept !== null) root.dataset.theme = kept;
  byId('theme').addEventListener('click', () => {
    const now = root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    root.dataset.theme = now === 'dark' ? 'light' : 'dark';
    localStorage.setItem('mock-theme', root.dataset.theme);
  });
}

function wireActions() {
  for (const button of document.querySelectorAll('[data-advance]')) {
    button.addEventListener('click', () => {
      void api('PUT', 'clock', { advance_ms: Number(button.dataset.advance) }).then(refresh);
    });
  }
  const dialog = byId('reset-dialog');
  byId('reset').addEventListener('click', () => {
    dialog.returnValue = '';
    dialog.showModal();
  });
  dialog.addEventListener('close', () => {
    if (dialog.returnValue === 'reset') void api('POST', 'reset').then(refresh);
  });
}

wireTheme();
wireActions();
wireJournal();
wireFaults(refresh);
setInterval(tick, 1000);
setInterval(refreshSoon, 5000);
void stayLive();
