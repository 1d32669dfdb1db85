import { expect, it } from 'vitest';
import { exposition } from './exposition.ts';
import { requestMetrics } from './request-metrics.ts';

it('counts requests and their durations in cumulative buckets', () => {
  const metrics = requestMetrics('notes');
  for (const seconds of [0.0005, 0.2, 9]) metrics.record({ method: 'GET', route: '/notes/:id', status: 200, seconds });
  const lines = metrics.text().split('\n');
  const labels = 'service="notes",method="GET",route="/notes/:id",status="200"';
  const name = 'http_server_request_duration_seconds';
  expect(lines.slice(0, 2)).toEqual([`# HELP ${name} Time to answer, by resource.`, `# TYPE ${name} histogram`]);
  for (const [le, count] of [
    ['0.001', 1],
    ['0.1', 1],
    ['0.25', 2],
    ['5', 2],
    ['+Inf', 3],
  ] as const)
    expect(lines).toContain(`${name}_bucket{${labels},le="${le}"} ${String(count)}`);
  expect(lines).toContain(`${name}_sum{${labels}} 9.2005`);
  expect(lines).toContain(`${name}_count{${labels}} 3`);
});

it('does not let callers make up labels', () => {
  const metrics = requestMetrics('notes');
  for (const method of ['BREW', 'x"}\n']) metrics.record({ method, route: 'none', status: 404, seconds: 0 });
  expect(metrics.text()).toContain('_count{service="notes",method="other",route="none",status="404"} 2');
  expect(metrics.text()).not.toContain('BREW');
  expect(exposition('n', 'gauge', 'h', [{ labels: { a: 'x"\\\n' }, value: 1 }])).toContain('n{a="x\\"\\\\\\n"} 1\n');
});
