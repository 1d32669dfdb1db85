import { expect, it } from 'vitest';
import { settingsOf } from './options.ts';

it.each([10, 15, 30])('a fleet with a heartbeat of %i s is looked over every half of it, or more often', (seconds) => {
  const { superviseSeconds } = settingsOf({ connection: {}, cron: '0 3 * * *', heartbeatSeconds: seconds });
  expect(superviseSeconds).toBe(Math.floor(seconds / 2));
});
