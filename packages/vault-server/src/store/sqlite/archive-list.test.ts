import { openSqlite } from '@llm-memory-graph/service/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type ArchiveQuery } from '../archive-store.ts';
import { archiveHistory } from './archive-history.ts';
import { archiveList } from './archive-list.ts';
import { archiveMigration, orderMigration, uploadMigration } from './schema.ts';

/** What SQLite does to find a page: the words of its query plan. */
describe('the plan of a page', () => {
  let db: ReturnType<typeof openSqlite>;
  let plans: string[];
  beforeEach(() => {
    db = openSqlite({ path: ':memory:', migrations: [archiveMigration, uploadMigration, orderMigration] });
    plans = [];
    const prepare = db.prepare.bind(db);
    db.prepare = (sql) => {
      const statement = prepare(sql);
      const marks = Array<number>(sql.split('?').length - 1).fill(1);
      plans.push(
        ...prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all(...marks)
          .map(({ detail }) => String(detail)),
      );
      return statement;
    };
  });
  afterEach(() => db.close());

  const page = { limit: 10, after: 5 };
  const metadata = { key: 'user_id', value: 'u-1' };
  const at = new Date(0);
  it.each<[string, Omit<ArchiveQuery, 'limit'>, string]>([
    ['all archives', {}, 'archive_by_tenant (tenant=? AND position>?)'],
    ['a session', { sessionId: 's' }, 'archive_by_session (tenant=? AND session_id=? AND rowid>?)'],
    ['what is held', { held: true }, 'archive_by_hold (tenant=? AND position>?)'],
    ['a tag', { tag: 't' }, 'label USING PRIMARY KEY (tenant=? AND label=? AND position>?)'],
    ['a member of metadata', { metadata }, 'label USING PRIMARY KEY (tenant=? AND label=? AND position>?)'],
    ['one of policies', { policyIds: ['p', 'q'] }, 'label USING PRIMARY KEY (tenant=? AND label=? AND position>?)'],
    ['a tag of a session', { sessionId: 's', tag: 't' }, 'archive_by_session (tenant=? AND session_id=? AND rowid>?)'],
    ['what came since', { archivedAfter: at }, 'archive_by_tenant (tenant=? AND position>?)'],
  ])('of %s goes on where the page before ended, and sorts nothing', (_, query, searched) => {
    archiveList(db)('acme', { ...query, ...page });
    expect(plans.join('\n')).toContain(searched);
    expect(plans.join('\n')).not.toMatch(/TEMP B-TREE|SCAN archive/);
  });

  it('of what is due looks at nothing that is not', () => {
    archiveList(db)('acme', { expiresBefore: at, policyIds: ['p', 'q'], ...page });
    expect(plans.join('\n')).toContain('archive_by_expiry (tenant=? AND expires_ms<?)');
  });

  it('of what was held at an instant merges what is held and what was deleted', () => {
    archiveHistory(db)('acme', { at, ...page });
    expect(plans.join('\n')).toMatch(/archive_by_tenant \(tenant=\? AND position>\?\)[^]*tombstone_by_tenant/);
    expect(plans.join('\n')).not.toContain('TEMP B-TREE');
  });
});
