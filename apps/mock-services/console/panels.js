import { byId, element, fill, pill, row } from './dom.js';
import { modelBars, usageChart } from './chart.js';
import { bytes, counted, instant, short, span, whole } from './format.js';

const statusTone = { active: 'good', completed: '', failed: 'bad', archived: 'warn' };
const breakerTone = { closed: 'good', open: 'bad', 'half-open': 'warn' };
const mono = (text) => element('span', { class: 'mono' }, text);

function tile(id, value, note, tone = '') {
  const strong = byId(`tile-${id}`);
  strong.textContent = value;
  strong.nextElementSibling.textContent = note;
  strong.parentElement.className = `tile ${tone}`;
}

export function showTiles({ sessions, usage, archives, audit, breakers, faults }) {
  const open = breakers.filter(({ state }) => state !== 'closed').length;
  const on = faults.filter(({ enabled }) => enabled).length;
  const tokens = usage.bins.reduce((sum, { prompt, completion }) => sum + prompt + completion, 0);
  tile('sessions', whole(sessions.active), `of ${whole(sessions.total)} registered`);
  tile('tokens', short(tokens), `${counted(usage.models.length, 'model')} used`);
  tile('archives', whole(archives.total), `${whole(archives.held)} under legal hold`);
  tile('audit', audit.ok ? 'intact' : 'broken', counted(audit.entries, 'entry', 'entries'), audit.ok ? 'good' : 'bad');
  tile('breakers', String(open), `of ${breakers.length} reported`, open > 0 ? 'bad' : '');
  tile('faults', String(on), `of ${faults.length}`, on > 0 ? 'warn' : '');
}

export function showUsage({ usage }) {
  byId('chart').replaceChildren(...usageChart(usage));
  byId('models').replaceChildren(...modelBars(usage.models));
}

export function showSessions({ sessions }) {
  const rows = sessions.items.map((session) =>
    row([
      ['Session', mono(session.session_id)],
      ['Model', session.model_id],
      ['Status', pill(session.status, statusTone[session.status])],
      ['Prompts', whole(session.prompts), 'number'],
      ['Tokens', whole(session.total_tokens), 'number'],
    ]),
  );
  fill(byId('sessions'), rows, 'No session is registered yet.');
}

/** How much of its retention an archive has behind it, and how long it still has. */
function retention(archive, now) {
  const stored = Date.parse(archive.stored_at);
  const left = Date.parse(archive.expires_at) - now;
  const share = Math.min(1, Math.max(0, (now - stored) / Math.max(1, Date.parse(archive.expires_at) - stored)));
  const bar = element('span');
  bar.style.width = `${share * 100}%`;
  return element(
    'div',
    { class: left > 0 ? 'retention' : 'retention over', title: `until ${archive.expires_at}` },
    element('span', { class: 'tabular' }, left > 0 ? `${span(left)} left` : `expired ${span(left)} ago`),
    element('span', { class: 'track', 'aria-hidden': 'true' }, bar),
  );
}

/** What keeps an archive from being deleted. */
function kept({ hold, lock }) {
  const pills = [hold ? pill('legal hold', 'warn') : '', lock === null ? '' : pill(`${lock} lock`)].filter(Boolean);
  return pills.length === 0 ? '–' : element('span', { class: 'pills' }, ...pills);
}

export function showArchives({ archives }, now) {
  const nameOf = new Map(archives.policies.map((policy) => [policy.policy_id, policy]));
  const policyText = (id) => `${id}, ${nameOf.get(id)?.retention_days ?? '?'} d`;
  const rows = archives.items.map((archive) =>
    row([
      ['Archive', mono(archive.archive_id)],
      ['Session', mono(archive.session_id)],
      ['Retention', retention(archive, now)],
      ['Policy', archive.policy_ids.map(policyText).join('; ') || '–'],
      ['Kept by', kept(archive)],
      ['Size', bytes(archive.size), 'number'],
    ]),
  );
  fill(byId('archives'), rows, 'Nothing is archived yet.');
}

export function showBreakers({ breakers }) {
  const rows = breakers.map(({ client, name, state, reason, open_for_ms: openForMs, at }) => {
    const length = state === 'open' && openForMs !== undefined ? `for ${span(openForMs)}` : '';
    const facts = [client, reason, length, instant(new Date(at)).slice(11, 19)];
    return element(
      'li',
      {},
      element(
        'div',
        { class: 'about' },
        element('div', { class: 'ellipsis' }, name),
        element('small', {}, facts.filter(Boolean).join(' · ')),
      ),
      pill(state, breakerTone[state]),
    );
  });
  fill(byId('breakers'), rows, 'No client told of its breakers. They post to /__mock/breakers.');
}

export function showAudit({ audit }) {
  const facts = audit.ok
    ? [pill(`${counted(audit.entries, 'entry', 'entries')} verified`, 'good')]
    : [pill(`broken at entry ${audit.entries}`, 'bad'), element('span', {}, audit.problem)];
  if (audit.ok && audit.newest) {
    facts.push(
      element('span', {}, `Last: ${audit.newest.action} `, mono(audit.newest.subject)),
      element('span', { class: 'muted' }, instant(new Date(audit.newest.at))),
      element('span', { class: 'mono ellipsis muted', title: audit.head }, `head ${audit.head}`),
    );
  }
  const draft = element('div', {}, ...facts);
  if (draft.innerHTML !== byId('audit').innerHTML) byId('audit').replaceChildren(...facts);
}
