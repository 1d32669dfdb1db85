import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMockServices, type MockServices } from '../src/index.ts';
import { archive, policy, session, usage } from './bodies.ts';
import { RawClient } from './raw-client.ts';

const { CHROMIUM_PATH = '', CONSOLE_SCREENSHOTS } = process.env;
const executablePath = [CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const days = 86_400_000;

async function fill(services: MockServices): Promise<void> {
  using registry = new RawClient(services.registryUrl);
  using vault = new RawClient(services.vaultUrl, services.vaultApiKey);
  for (const id of ['session-a', 'session-b', 'session-c']) {
    await registry.send('POST', '/api/v1/sessions', session(id));
    await registry.send('POST', '/api/v1/usage', usage(id));
  }
  await registry.send('PUT', '/api/v1/sessions/session-b/status', '{"status":"completed"}');
  await vault.send('POST', '/api/v1/policies', policy('hipaa-records', 2555));
  for (const id of ['archive-a', 'archive-b']) await vault.send('POST', '/api/v1/archive', archive(id, 30));
  await vault.send('PUT', '/api/v1/archive/archive-b/policy', '{"policy_id":"hipaa-records"}');
  await vault.send('PUT', '/api/v1/archive/archive-b/legal-hold', '{"reason":"case 12"}');
}

describe.skipIf(executablePath === undefined)('the console, in Chromium (skipped without one)', () => {
  const profile = mkdtempSync(join(tmpdir(), 'console-'));
  let browser: BrowserContext;
  let services: MockServices;
  let page: Page;
  let trouble: string[];

  beforeAll(async () => {
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: executablePath!,
      headless: true,
      args: quiet,
      timeout: 110_000,
      viewport: { width: 1360, height: 900 },
    });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  });
  beforeEach(async () => {
    services = await startMockServices({ seed: 7, closeGraceMs: 100 });
    await fill(services);
    page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    trouble = [];
    page.on('console', (message) => {
      if (message.type() === 'error') trouble.push(message.text());
    });
    page.on('pageerror', (error) => trouble.push(error.message));
    page.on('request', (request) => {
      const { origin } = new URL(request.url());
      if (origin !== services.registryUrl && !request.url().startsWith('data:')) trouble.push(`asked ${request.url()}`);
    });
    await page.goto(services.consoleUrl);
    await page.locator('#live.on').waitFor();
  });
  afterEach(async () => {
    await page.close();
    await services.close();
    expect(trouble).toEqual([]);
  });

  const health = (): Promise<Response> => fetch(`${services.registryUrl}/health`);
  const text = (selector: string): Promise<string | null> => page.locator(selector).textContent();

  it('shows sessions, usage, archives with retention, hold and policy, and the audit chain', async () => {
    expect(await text('#tile-sessions')).toBe('2');
    expect(await text('#tile-tokens')).toBe('30');
    expect(await text('#tile-archives')).toBe('2');
    expect(await text('#tile-audit')).toBe('intact');
    expect(await page.locator('#sessions tr').count()).toBe(3);
    expect(await text('#models')).toContain('gpt-4');
    const rows = await page.locator('#archives tr').allTextContents();
    expect(rows[0]).toMatch(/^archive-as\d* ?(?:29 d 23 h|30 d) left–/);
    expect(rows[1]).toContain('hipaa-records, 2555 d');
    expect(rows[1]).toContain('legal hold');
    expect(await text('#audit')).toContain('entries verified');
  });

  it('adds a fault, switches it off by keyboard, and removes it', async () => {
    await page.getByLabel('What').selectOption({ label: '503 Service Unavailable' });
    await page.getByLabel('Path').fill('/health');
    await page.getByRole('button', { name: 'Add fault' }).click();
    const toggle = page.getByRole('switch', { name: 'status-1' });
    await toggle.waitFor();
    expect((await health()).status).toBe(503);
    await page.getByText('1 hit', { exact: true }).waitFor();

    await toggle.focus();
    await page.keyboard.press('Space');
    await page.locator('[role=switch][aria-checked=false]').waitFor();
    expect((await health()).status).toBe(200);
    expect(await page.evaluate('document.activeElement.dataset.switch')).toBe('status-1');

    await page.getByRole('button', { name: 'Remove status-1' }).click();
    await page.getByText('Nothing goes wrong.').waitFor();
    expect(services.faults.list()).toEqual([]);

    await page.getByLabel('Path').fill('no path');
    await page.getByRole('button', { name: 'Add fault' }).click();
    await page.getByText('fault.path: must be a path').waitFor();
    // The browser itself reports the 400.
    trouble = trouble.filter((line) => !line.includes('400'));
  });

  it('streams the journal in, filters and pauses it', async () => {
    services.faults.add({ name: 'lossy', kind: 'lost-answer', method: 'DELETE' });
    const first = page.locator('#entries li').first();
    await health();
    await page.locator('#entries li', { hasText: '/health' }).waitFor();
    const path = '/api/v1/sessions/session-c';
    await fetch(`${services.registryUrl}${path}`, { method: 'DELETE' }).catch(() => undefined);
    await page.locator('#entries li', { hasText: 'lossy' }).waitFor();
    expect(await first.textContent()).toMatch(/DELETE\/api\/v1\/sessions\/session-clossycut✓ committed$/);

    await page.getByLabel('Filter').fill('post committed usage');
    await expect.poll(() => page.locator('#entries li').count()).toBe(3);
    await page.getByLabel('Filter').fill('nothing like this');
    await page.getByText('Nothing fits the filter.').waitFor();
    await page.getByLabel('Filter').fill('');
    await page.getByRole('button', { name: 'Pause' }).click();
    const before = await page.locator('#entries li').count();
    await health();
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => page.locator('#entries li').count()).toBe(before + 1);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('No request yet.').waitFor();
    expect(services.journal.entries()).toEqual([]);
  });

  it('moves the clock, and the countdown follows', async () => {
    await page.getByRole('button', { name: '+30 days' }).click();
    await page.getByRole('button', { name: '+1 day' }).click();
    await page
      .getByText(/^expired 1 d/)
      .first()
      .waitFor();
    expect(services.clock.now() - Date.now()).toBeGreaterThan(30 * days);
  });

  it('shows the breakers that clients told of', async () => {
    services.breakers.report({ client: 'worker-1', name: 'vault', state: 'open', reason: 'failures' });
    services.breakers.report({ client: 'worker-1', name: 'registry', state: 'closed' });
    await page.locator('#breakers', { hasText: 'worker-1 · failures' }).waitFor();
    await expect.poll(() => text('#tile-breakers')).toBe('1');
  });

  it('resets only when asked twice', async () => {
    await page.getByRole('button', { name: 'Reset' }).first().click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(services.journal.entries()).not.toEqual([]);
    await page.getByRole('button', { name: 'Reset' }).first().click();
    await page.locator('#reset-dialog .danger').click();
    await page.getByText('No session is registered yet.').waitFor();
    await page.getByText('No request yet.').waitFor();
    expect(await text('#tile-archives')).toBe('0');
  });

  it('asks for the control key when there is one', async () => {
    await using locked = await startMockServices({ controlKey: 'open-sesame', closeGraceMs: 100 });
    services = { ...services, registryUrl: locked.registryUrl };
    await page.goto(locked.consoleUrl);
    await page.getByRole('textbox', { name: 'Key' }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This key is not known.').waitFor();
    await page.getByRole('textbox', { name: 'Key' }).fill('open-sesame');
    await page.keyboard.press('Enter');
    await page.locator('#live.on').waitFor();
    await page.goto('about:blank');
    trouble = trouble.filter((line) => !line.includes('401'));
  });

  it('comes back when the services come back', async () => {
    const port = Number(new URL(services.registryUrl).port);
    await services.close();
    await page.getByText('not connected').waitFor();
    services = await startMockServices({ registryPort: port, closeGraceMs: 100 });
    await page.locator('#live.on').waitFor();
    await page.getByText('No session is registered yet.').waitFor();
    trouble = trouble.filter((line) => !/ERR_|network error/.test(line));
  });

  it.each([
    ['desktop', 'light', 1360],
    ['desktop', 'dark', 1360],
    ['phone', 'light', 390],
    ['phone', 'dark', 390],
  ] as const)('fits a %s, %s, without scrolling sideways', async (name, colorScheme, width) => {
    services.faults.add({ kind: 'status', status: 503, path: '/api/v1/usage', times: 2 });
    services.faults.add({ kind: 'latency', ms: { median: 200, p99: 1500 }, service: 'vault', enabled: false });
    services.breakers.report({ client: 'worker-1', name: 'vault', state: 'open', reason: 'failures' });
    await health();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.locator('#breakers', { hasText: 'worker-1' }).waitFor();
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow).toBe(0);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(14, 17, 22)' : 'rgb(244, 245, 248)');
    if (CONSOLE_SCREENSHOTS !== undefined)
      await page.screenshot({ path: join(CONSOLE_SCREENSHOTS, `${name}-${colorScheme}.png`), fullPage: true });
  });

  it('is reached by keyboard from the first key on', async () => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the journal');
    const reached = new Set<unknown>();
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate('document.activeElement.id || document.activeElement.textContent'));
    }
    for (const id of ['reset', 'theme', 'filter', 'pause', 'entries']) expect([...reached]).toContain(id);
  });
});
