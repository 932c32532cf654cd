import type { Browser } from 'playwright-core';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { ensureDashboard } from '../support/dashboard.ts';
import {
  type App,
  createTestDatabase,
  type Receiver,
  spawnApp,
  startReceiver,
  type TestDatabase,
  waitFor,
} from '../support/index.ts';
import { openWatchedPage, patienceMs, type WatchedPage } from './watched-page.ts';

// The dashboard as a person uses it, in a real browser: each test goes on where the one before it ended.

// Without a browser they are skipped; CONTRIBUTING.md says which.
(hasBrowser() ? describe : describe.skip)('the dashboard in a browser', () => {
  const token = 'a-token-for-the-dashboard';
  let database: TestDatabase;
  let app: App;
  let receiver: Receiver;
  let browser: Browser;
  let watched: WatchedPage;

  beforeAll(async () => {
    await ensureDashboard();
    database = await createTestDatabase();
    receiver = await startReceiver();
    [app, browser] = await Promise.all([
      spawnApp('standalone', {
        ...database.env,
        EVENTHOOKS_ADMIN_TOKEN: token,
        EVENTHOOKS_SECRET_KEYS: Buffer.alloc(32, 1).toString('base64'),
        EVENTHOOKS_RETRY_SCHEDULE: '1s,10m',
        EVENTHOOKS_LOG_LEVEL: 'warn',
      }),
      launchBrowser(),
    ]);
    watched = await openWatchedPage(browser, app.url);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    await receiver?.close();
    await database?.drop();
  }, 60_000);
  afterEach(() => {
    expect(watched.faults.splice(0)).toEqual([]);
  });

  async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(app.url + path, {
      method,
      headers: { 'kong-admin-token': token, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }

  const publish = (event: string, data: unknown) => call('POST', '/events', { source: 'crud', event, data });

  /** Fills the form of a kind of hook, makes it, and is then on its page. Returns its id. */
  async function createHook(kind: string, event: string, fill: () => Promise<void>): Promise<string> {
    const { page, goTo } = watched;
    await goTo('/hooks/new');
    await page.locator('.kind', { has: page.getByText(kind, { exact: true }) }).click();
    await page.getByLabel('Event', { exact: true }).fill(event);
    await fill();
    await page.getByRole('button', { name: 'Create the hook' }).click();
    await page.waitForURL(/\/hooks\/[0-9a-f-]{36}$/);
    return page.url().split('/').at(-1) ?? '';
  }

  /** Puts a line into an editor, in place of what is there. */
  async function write(label: string, text: string): Promise<void> {
    const { page } = watched;
    await page.getByRole('textbox', { name: label, exact: true }).click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(text);
  }

  const minutes = 60_000;

  test(
    'a wrong token is told so, the right one opens the overview and is kept out of reach of scripts',
    async () => {
      const visitor = await openWatchedPage(browser, app.url);
      await visitor.page.goto(`${app.url}/dashboard`);
      await visitor.page.getByLabel('Token').fill('a-token-that-is-wrong');
      await visitor.page.getByRole('button', { name: 'Sign in' }).click();
      await visitor.page.getByText('This token is not valid, or has expired.').waitFor();
      await visitor.close();

      const { page } = watched;
      await page.goto(`${app.url}/dashboard`);
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      const reachable = await page.evaluate<string>(
        'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, document.documentElement.outerHTML])',
      );
      expect(reachable).not.toContain(token);
      await page.reload();
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
    },
    4 * minutes,
  );

  test(
    'the first load takes less than 200 kB of compressed script, the charts included',
    async () => {
      const { page, goTo } = watched;
      await goTo('/');
      await page.locator('.chart canvas').first().waitFor();
      const bytes = await page.evaluate<number>(
        `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
      );
      expect(bytes).toBeGreaterThan(50_000);
      expect(bytes).toBeLessThan(200_000);
    },
    4 * minutes,
  );

  test(
    'an empty installation leads from the first hook to the first delivery',
    async () => {
      const { page, goTo } = watched;
      await goTo('/');
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      await page.getByRole('button', { name: 'Make one that writes to the log' }).click();
      await page.getByRole('button', { name: 'Publish a sample of crud/consumers' }).click();
      await page.getByRole('link', { name: 'See what was sent and answered' }).waitFor();
      await page.getByRole('listitem').filter({ hasText: 'A delivery' }).getByText('Succeeded').waitFor();
      const { data } = await call('GET', '/event-hooks');
      for (const { id } of data as { id: string }[]) await call('DELETE', `/event-hooks/${id}`);
    },
    4 * minutes,
  );

  test(
    'each of the four kinds of hook is created with its form, and a template is previewed as it is typed',
    async () => {
      const { page } = watched;
      await createHook('Log', 'services', async () =>
        page.getByLabel('Name', { exact: true }).fill('Services to the log'),
      );
      await createHook('Lambda', 'routes', async () => {
        await page.getByLabel('Name', { exact: true }).fill('Check routes');
        await write('Functions', 'return function (data) kong.log.notice("saw ", data.n) return { seen = data.n } end');
        await page.getByRole('button', { name: 'Run it with this sample' }).click();
        await page.getByText(/It ran in/).waitFor();
        await page.locator('.log-lines', { hasText: 'saw' }).waitFor();
      });
      await createHook('Custom webhook', 'plugins', async () => {
        await page.getByLabel('Name', { exact: true }).fill('Plugins in words');
        await page.getByLabel('URL').fill(`${receiver.url}/words`);
        await write('Payload', '{"text": "{{ entity.username }} was {{ operation }}d"}');
        await page.getByText('ada was created').waitFor();
      });
      await createHook('Webhook', 'consumers', async () => {
        await page.getByLabel('Name', { exact: true }).fill('Consumers');
        await page.getByLabel('URL').fill(`${receiver.url}/consumers`);
        await page.getByRole('button', { name: 'Generate' }).click();
      });
      const { data } = await call('GET', '/event-hooks');
      expect((data as { handler: string }[]).map(({ handler }) => handler).sort()).toEqual([
        'lambda',
        'log',
        'webhook',
        'webhook-custom',
      ]);
    },
    6 * minutes,
  );

  test(
    'faults that the API finds stand at their fields, have the focus, and go once they are mended',
    async () => {
      const { page, goTo } = watched;
      await goTo('/hooks/new?handler=webhook-custom');
      expect(await page.locator('.kind[aria-current="page"]').innerText()).toMatch(/^Custom webhook/);
      await page.getByLabel('URL').fill('ftp://example.com/');
      await page.getByText(/Not complete yet/).waitFor();
      await page.getByRole('button', { name: 'Create the hook' }).click();
      const fault = page.locator('.field-error', { hasText: 'http or https URL' });
      await fault.waitFor();
      const focused = () => page.evaluate<string>('document.activeElement.labels?.[0]?.textContent ?? ""');
      await waitFor(async () => (await focused()).startsWith('URL'), { timeoutMs: patienceMs });
      await page.getByLabel('Method').selectOption('Another');
      await page.getByLabel('Another method').fill('PSOT');
      await page.getByRole('alert').getByRole('link', { name: 'URL', exact: true }).click();
      await page.getByLabel('URL').fill('http://10.0.0.1/');
      await waitFor(async () => (await fault.count()) === 0, { timeoutMs: patienceMs });
      await page.getByRole('button', { name: 'Create the hook' }).click();
      await page.locator('.field-error', { hasText: 'EVENTHOOKS_EGRESS_ALLOW' }).waitFor();
      await page.locator('.field-error', { hasText: "did you mean 'POST'?" }).waitFor();
      // The browser notes each refusal on its console.
      const refusal = expect.stringMatching(/status of 400 .*\/event-hooks\?ping=false\)$/);
      expect(watched.faults.splice(0)).toEqual([refusal, refusal]);

      await page.getByRole('link', { name: 'Overview' }).click();
      await page.getByRole('heading', { name: 'Leave without saving?' }).waitFor();
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      await page.getByRole('button', { name: 'Stay' }).click();
      expect(await page.getByLabel('URL').inputValue()).toBe('http://10.0.0.1/');
      await page.getByRole('link', { name: 'Overview' }).click();
      await page.getByRole('button', { name: 'Leave' }).click();
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
    },
    4 * minutes,
  );

  let hookId = '';

  test(
    "a test shows the receiver's real answer and the request, a ping says what is wrong",
    async () => {
      const { page, goTo } = watched;
      receiver.answerWith(() => ({ status: 418, body: 'short and stout' }));
      await goTo('/hooks');
      await page.getByRole('link', { name: 'Consumers', exact: true }).click();
      await page.waitForURL(/\/hooks\/[0-9a-f-]{36}$/);
      hookId = page.url().split('/').at(-1) ?? '';
      const settings = page.locator('.card', { has: page.getByRole('heading', { name: 'Settings' }) });
      await settings.getByText('1s, 10m (default)').waitFor();
      await settings.getByText('128 per worker (default)').waitFor();
      await page.getByRole('button', { name: 'Send a test' }).click();
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByText(/The receiver answered 418 after [0-9.]+ m?s/).waitFor();
      await page.getByText('short and stout').waitFor();
      await page.getByText('The request as it was sent').click();
      await page.getByText('x-kong-signature').waitFor();
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      await page.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('button', { name: 'Ping' }).click();
      await page.getByText('The receiver answered the ping').first().waitFor();

      const gone = await startReceiver();
      await gone.close();
      const { id } = await call('POST', '/event-hooks', {
        source: 'crud',
        event: 'snis',
        handler: 'webhook',
        config: { url: gone.url },
      });
      await goTo(`/hooks/${id}`);
      await page.getByRole('button', { name: 'Ping' }).click();
      await page.getByText('The ping failed').first().waitFor();
      expect(watched.faults.splice(0)).toEqual([expect.stringMatching(/status of 502 .*\/ping\)$/)]);
      await call('DELETE', `/event-hooks/${id}`);
    },
    4 * minutes,
  );

  test(
    'a delivery is seen to arrive while one looks on, without loading anything again',
    async () => {
      const { page, goTo } = watched;
      receiver.answerWith(() => ({}));
      await goTo(`/deliveries?hook=${hookId}`);
      await page.evaluate('window.stillTheSamePage = true');
      await publish('consumers', { operation: 'create', entity: { username: 'grace' } });
      await page.getByRole('row', { name: /Succeeded.*consumers.*\d m?s/ }).waitFor();
      expect(await page.evaluate('window.stillTheSamePage')).toBe(true);
      await page.getByRole('link', { name: 'crud/consumers' }).first().click();
      await page.getByText('It arrived').waitFor();
      await page.getByText('The receiver answered 200').waitFor();
      await page.getByText('webhook-signature').waitFor();
    },
    4 * minutes,
  );

  test(
    'when the receiver breaks one sees why, and once it is mended a delivery is sent again by hand',
    async () => {
      const { page, goTo } = watched;
      receiver.answerWith(() => ({ status: 503, body: 'the ledger is being mended' }));
      await publish('consumers', { operation: 'delete', entity: { username: 'alan' } });
      await goTo(`/deliveries?hook=${hookId}&status=waiting`);
      await page.getByRole('link', { name: 'crud/consumers' }).first().click();
      await page.getByText('It has not arrived yet').waitFor();
      await page.getByText('The receiver answered 503').first().waitFor();
      await page.getByText('the ledger is being mended').waitFor();
      await page.getByText(/Check the receiver’s log/).waitFor();

      receiver.answerWith(() => ({}));
      await page.getByRole('button', { name: 'Send now' }).click();
      await page.getByText('It arrived').waitFor();
    },
    4 * minutes,
  );

  test(
    'what was held back says why',
    async () => {
      const { page, goTo } = watched;
      const { id } = await call('POST', '/event-hooks', {
        source: 'crud',
        event: 'vaults',
        handler: 'log',
        on_change: true,
      });
      for (let time = 0; time < 2; time += 1) await publish('vaults', { same: true });
      await goTo(`/deliveries?hook=${id}&status=suppressed`);
      await page.getByRole('link', { name: 'crud/vaults' }).click();
      await page.getByText('It was held back, as the hook asks').waitFor();
      await page.getByText(/the same as those for which the hook last fired/).waitFor();
    },
    4 * minutes,
  );

  test(
    'a delivery is found by a word of its event, and by a value in it, and what is selected is sent again',
    async () => {
      const { page, goTo } = watched;
      await goTo('/deliveries');
      await page.getByRole('searchbox', { name: 'Find' }).fill('GRACE');
      await page.getByRole('button', { name: 'Find', exact: true }).click();
      await page.waitForURL(/q=GRACE/);
      await waitFor(async () => (await page.locator('tbody tr').count()) === 1, { timeoutMs: patienceMs });
      await page.getByRole('searchbox', { name: 'Find' }).fill('entity.username=grace');
      await page.keyboard.press('Enter');
      await page.waitForURL(/username/);
      await waitFor(async () => (await page.locator('tbody tr').count()) === 1, { timeoutMs: patienceMs });
      const before = receiver.requests.length;
      await page.getByRole('checkbox', { name: 'Select the delivery of crud/consumers' }).check();
      await page.getByRole('button', { name: 'Send again' }).click();
      await page.getByText('1 delivery', { exact: true }).waitFor();
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      await page.getByRole('button', { name: 'Send them again' }).click();
      await page.getByText('One delivery is on its way again').waitFor();
      await page.getByRole('button', { name: 'Cancel what still waits' }).waitFor();
      await waitFor(() => receiver.requests.length > before, { timeoutMs: patienceMs });
    },
    4 * minutes,
  );

  test(
    'all that a filter lets through are sent again, and those that still wait are taken back',
    async () => {
      const { page, goTo } = watched;
      receiver.answerWith(() => ({ status: 200 }));
      const hook = await call('POST', '/event-hooks', {
        source: 'crud',
        event: 'upstreams',
        handler: 'webhook',
        config: { url: receiver.url },
      });
      for (const name of ['a', 'b']) await publish('upstreams', { name });
      const count = async (status: string) =>
        (await call('GET', `/deliveries/count?hook=${hook.id}&status=${status}`)).count;
      await waitFor(async () => (await count('succeeded')) === 2, { timeoutMs: patienceMs });
      await call('PATCH', `/event-hooks/${hook.id}`, { paused: true });
      await goTo(`/deliveries?hook=${hook.id}`);
      await page.getByRole('button', { name: 'Send again' }).click();
      await page.getByText('2 deliveries', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Send them again' }).click();
      await page.getByRole('button', { name: 'Cancel what still waits' }).click();
      await page.getByText('2 cancelled').waitFor();
      expect(await count('cancelled')).toBe(2);
      await goTo('/audit');
      const entry = page.locator('.audit-entry', { hasText: '2 deliveries' });
      await entry.filter({ hasText: 'cancel' }).first().waitFor();
      await entry.filter({ hasText: 'retry' }).first().waitFor();
      const { data } = await call('GET', `/deliveries?hook=${hook.id}&size=1`);
      const [{ id } = { id: '' }] = data as { id: string }[];
      await call('POST', `/deliveries/${id}/retry`);
      await goTo(`/deliveries/${id}`);
      await page.getByText('It arrived, and is to be sent once more').waitFor();
      await call('DELETE', `/event-hooks/${hook.id}`);
    },
    4 * minutes,
  );

  test(
    "a lambda's log is shown with its delivery",
    async () => {
      const { page, goTo } = watched;
      const { id } = await publish('routes', { n: 42 });
      await goTo(`/events/${id}`);
      await page.getByRole('row', { name: /Succeeded.*Check routes/ }).waitFor();
      await page.getByRole('link', { name: 'Check routes' }).click();
      await page.getByText('saw 42').waitFor();
    },
    4 * minutes,
  );

  test(
    'past deliveries are replayed, with their progress',
    async () => {
      const { page, goTo } = watched;
      const before = receiver.requests.length;
      await goTo(`/hooks/${hookId}`);
      await page.getByRole('button', { name: 'Replay' }).click();
      await page.getByRole('checkbox', { name: 'Succeeded' }).check();
      await page.getByText('2 deliveries would be sent again').waitFor();
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      await page.getByRole('button', { name: 'Start the replay' }).click();
      await page.waitForURL('**/replays');
      await page.getByText('Done', { exact: true }).waitFor();
      await page.getByText('2 of 2').waitFor();
      await waitFor(() => receiver.requests.length >= before + 2, { timeoutMs: patienceMs });
    },
    4 * minutes,
  );

  test(
    'a hook that tells people when one fails takes two clicks and the URL of a channel',
    async () => {
      const { page, goTo } = watched;
      await goTo('/');
      await page.getByRole('link', { name: 'Tell me when a hook fails' }).click();
      await page.getByLabel('Webhook URL').fill(`${receiver.url}/slack`);
      await page.getByRole('button', { name: 'Create the hook' }).click();
      await page.waitForURL(/\/hooks\/[0-9a-f-]{36}$/);
      await page.getByText('From now on it hears every event of eventhooks.').first().waitFor();
      const path = `/event-hooks/${page.url().split('/').at(-1)}`;
      expect(await call('GET', path)).toMatchObject({
        source: 'eventhooks',
        event: null,
        config: { url: `${receiver.url}/slack`, payload: { text: expect.stringContaining('was disabled') } },
      });
      // The page of a hook that is gone would ask for it once more.
      await goTo('/hooks');
      await call('DELETE', path);
    },
    4 * minutes,
  );

  test(
    'a secret is revealed, and rotated with a countdown for the one before',
    async () => {
      const { page, goTo } = watched;
      const { config } = await call('GET', `/event-hooks/${hookId}`);
      const { secret } = config as { secret: string };
      await goTo(`/hooks/${hookId}`);
      await page.getByRole('button', { name: 'Reveal the secret' }).click();
      await page.getByText(secret).waitFor();
      await page.getByRole('button', { name: 'Rotate' }).click();
      await page.getByRole('button', { name: 'Rotate now' }).click();
      await page.getByText(/This older secret signs as well. It ends in (23h|1d)/).waitFor();
      const { config: rotated } = await call('GET', `/event-hooks/${hookId}`);
      expect((rotated as { secret: string }).secret).not.toBe(secret);
    },
    4 * minutes,
  );

  test(
    'a hook that was disabled says why, and is enabled with one click',
    async () => {
      const { page, goTo } = watched;
      receiver.answerWith(() => ({ status: 410 }));
      await publish('consumers', { operation: 'create', entity: { username: 'edsger' } });
      await goTo(`/hooks/${hookId}`);
      await page.getByText('This hook is disabled: it hears no event').waitFor();
      await page.getByText(/answered 410 Gone/).waitFor();
      receiver.answerWith(() => ({}));
      await page.getByRole('button', { name: 'Enable', exact: true }).click();
      await page.getByText('Enabled', { exact: true }).waitFor();
      expect((await call('GET', `/event-hooks/${hookId}`)).enabled).toBe(true);
    },
    4 * minutes,
  );

  test(
    'a hook is paused and resumed with one click, and gets what it missed while it was disabled',
    async () => {
      const { page, goTo } = watched;
      const sentTo = (username: string) => receiver.requests.filter(({ body }) => body.includes(username)).length;
      await goTo('/hooks');
      await page.getByRole('button', { name: 'Pause Consumers' }).click();
      await page.getByRole('row', { name: /Consumers.*Paused/ }).waitFor();
      await publish('consumers', { operation: 'create', entity: { username: 'barbara' } });
      await goTo('/system');
      const held = page.getByRole('listitem').filter({ hasText: 'Held back by pauses' });
      await held.getByText('one hook is paused').waitFor();
      await goTo(`/hooks/${hookId}`);
      await page.getByText('One delivery waits for it').waitFor();
      expect(sentTo('barbara')).toBe(0);
      await page.getByRole('button', { name: 'Resume' }).click();
      await waitFor(() => sentTo('barbara') === 1, { timeoutMs: patienceMs });

      await page.getByRole('button', { name: 'Disable', exact: true }).click();
      await page.getByText('This hook is disabled: it hears no event').waitFor();
      await publish('consumers', { operation: 'create', entity: { username: 'donald' } });
      await page.getByRole('button', { name: 'Enable', exact: true }).click();
      await page.getByText('It missed the events published while it was disabled').waitFor();
      await page.getByRole('button', { name: 'Deliver what it missed' }).click();
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      await page.getByRole('button', { name: 'Deliver them' }).click();
      await waitFor(() => sentTo('donald') === 1, { timeoutMs: patienceMs });
    },
    4 * minutes,
  );

  test(
    'a filter is tried while it is typed, and an event says why a hook did not hear of it',
    async () => {
      const { page, goTo } = watched;
      await goTo('/hooks/new?handler=log');
      await page.getByLabel('Hears', { exact: true }).selectOption('Several events');
      await page.getByLabel('Events', { exact: true }).fill('vault*');
      await page.getByText('Of the catalogue: vaults').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('Large vaults');
      await write('Filter', 'data.n >');
      await page.locator('.field-error', { hasText: /^1:\d+: / }).waitFor();
      await write('Filter', 'data.n > 1');
      const verdicts = page.getByRole('status', { name: 'What the filter lets through' });
      await verdicts.getByText('0 of the last 2 events').waitFor();
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      await page.getByRole('button', { name: 'Create the hook' }).click();
      await page.waitForURL(/\/hooks\/[0-9a-f-]{36}$/);
      const { id } = await publish('vaults', { n: 1 });
      await goTo(`/events/${id}`);
      const reasons = page.getByRole('listitem').filter({ hasText: 'Large vaults' });
      await reasons.getByText('Its filter is not true for this event.').waitFor();
    },
    4 * minutes,
  );

  test(
    'an event is published by hand, of a source that was added to the catalogue just now',
    async () => {
      const { page, goTo } = watched;
      await goTo('/catalogue');
      await page.getByRole('button', { name: 'Add an event' }).click();
      await page.getByLabel('Source').fill('shop');
      await page.getByLabel('Event', { exact: true }).fill('order-paid');
      await page.getByLabel('Fields', { exact: true }).fill('order_id, amount');
      await page.getByRole('button', { name: 'Add it' }).click();
      await page.getByText('shop/order-paid can be published').waitFor();
      await page.getByRole('listitem').filter({ hasText: 'order-paid' }).getByText('Examples').click();
      await page.getByText('It has not been published, or only before the days that are kept.').waitFor();
      await goTo('/events');
      await page.getByRole('button', { name: 'Publish an event' }).click();
      await page.getByRole('dialog').getByLabel('Source').selectOption('shop');
      await page.getByRole('button', { name: 'Publish', exact: true }).click();
      await page.getByRole('link', { name: 'See what becomes of it' }).click();
      await page.getByText('No hook has a delivery of it').waitFor();
    },
    4 * minutes,
  );

  test(
    'an endpoint for another system is made, takes its sample, and explains why it refuses a wrong secret',
    async () => {
      const { page, goTo } = watched;
      await goTo('/inbound/new');
      await page.getByLabel('Sender').selectOption('GitHub');
      await page.getByRole('button', { name: 'Generate' }).click();
      await page.getByRole('button', { name: 'Create the endpoint' }).click();
      await page.waitForURL(/\/inbound\/github$/);
      await page.getByText('Settings, Webhooks, Add webhook').waitFor();
      await page.setViewportSize({ width: 320, height: 640 });
      await page.getByRole('button', { name: 'Send a sample' }).click();
      await page.getByRole('button', { name: 'Send it' }).click();
      const answer = page.locator(':focus', { hasText: 'It was accepted, with 202' });
      await waitFor(async () => ((await answer.boundingBox())?.y ?? 640) < 600, { timeoutMs: patienceMs });
      await page.setViewportSize({ width: 1_280, height: 900 });
      await page.getByRole('dialog').getByLabel('Secret').fill('another secret');
      await page.getByRole('button', { name: 'Send it' }).click();
      await page.getByText('It was refused, with 401').waitFor();
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      expect(watched.faults.splice(0)).toEqual([expect.stringMatching(/status of 401 .*\/in\/github\)$/)]);
      await page.getByRole('button', { name: 'Close' }).click();
      const requests = page.getByRole('listitem');
      await requests.filter({ hasText: 'Accepted' }).getByRole('link', { name: 'github/push' }).waitFor();
      const refused = requests.filter({ hasText: 'Refused with 401' });
      await refused.getByText(/The signature in x-hub-signature-256 fits none of the secrets/).waitFor();
      await refused.getByText(/Compare the secret here with the sender’s/).waitFor();
    },
    4 * minutes,
  );

  test(
    'a workspace is made, renamed, changed and deleted, and dialogs hand the focus back',
    async () => {
      const { page, goTo } = watched;
      await goTo('/workspaces');
      const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()');
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('Skip to the content');
      await page.getByRole('button', { name: 'New workspace' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('team-a');
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      await page.getByRole('button', { name: 'Make the workspace' }).click();
      await page.getByRole('link', { name: 'team-a' }).waitFor();
      await waitFor(async () => (await focused()) === 'New workspace', { timeoutMs: patienceMs });
      await page.getByRole('button', { name: 'Rename team-a' }).click();
      await page.getByRole('dialog').getByLabel('Title').fill('Billing');
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
      const row = page.getByRole('row').filter({ hasText: 'Billing' });
      await row.getByText('team-a', { exact: true }).waitFor();
      await page.locator('option', { hasText: 'Billing (team-a)' }).waitFor({ state: 'attached' });
      await page.getByRole('button', { name: 'Edit Billing' }).click();
      await page.getByLabel('Comment').fill('The A team');
      await page.getByRole('button', { name: 'Save' }).click();
      await row.getByText('The A team').waitFor();
      await row.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('button', { name: 'Delete the workspace' }).click();
      await waitFor(async () => (await row.count()) === 0, { timeoutMs: patienceMs });
    },
    4 * minutes,
  );

  test(
    'a token made here signs somebody in who may look and not change',
    async () => {
      const { page, goTo } = watched;
      await goTo('/access');
      await page.getByRole('button', { name: 'New token' }).click();
      await page.getByLabel('Name', { exact: true }).fill('on-call');
      await page.getByRole('radio', { name: /viewer/ }).check();
      await page.getByLabel('Expires').selectOption('in a day');
      await page.getByRole('dialog').getByLabel('Workspace').selectOption('default');
      expect(await watched.findAccessibilityFaults()).toEqual([]);
      await page.getByRole('button', { name: 'Make the token' }).click();
      const made = (await page.locator('.secret code').textContent()) ?? '';
      expect(made).toMatch(/^eh_/);
      const { data: tokens } = await call('GET', '/tokens');
      expect(tokens).toMatchObject([{ workspace: 'default', expires_at: expect.any(Number) }]);

      const viewer = await openWatchedPage(browser, app.url);
      await viewer.page.goto(`${app.url}/dashboard`);
      await viewer.page.getByLabel('Token').fill(made);
      await viewer.page.getByRole('button', { name: 'Sign in' }).click();
      await viewer.page.getByRole('heading', { name: 'Overview' }).waitFor();
      await viewer.goTo(`/hooks/${hookId}`);
      await viewer.page.getByText('Your token does not let you see it.').first().waitFor();
      expect(await viewer.page.getByRole('button', { name: 'Send a test' }).count()).toBe(0);
      await viewer.goTo(`/hooks/${hookId}/edit`);
      await viewer.page.getByText('Your token may look, but not change anything').waitFor();
      expect(await viewer.page.getByRole('button', { name: 'Save' }).count()).toBe(0);
      expect(viewer.faults).toEqual([]);
      await viewer.page.getByRole('button', { name: 'Sign out' }).click();
      await viewer.page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await viewer.close();
    },
    4 * minutes,
  );

  const widths = [320, 768, 1360] as const;

  /** Names, values and URLs without a place to break them. */
  async function makeLongNames(): Promise<void> {
    const long = 'averylongnamewithoutanyspaceinit'.repeat(6);
    const [source, event] = [long.slice(0, 150), long.slice(0, 180)];
    await call('PUT', `/event-hooks/sources/${source}/${event}`, { fields: [long.slice(0, 60)], description: long });
    const { id } = await call('POST', '/event-hooks', {
      source,
      event,
      handler: 'webhook',
      name: long,
      tags: [long.slice(0, 100)],
      config: { url: `${receiver.url}/${long}`, headers: { [long.slice(0, 100)]: long } },
    });
    await call('PATCH', `/event-hooks/${id}`, { name: `${long}b` });
    await call('POST', '/events', { source, event, data: { [long]: long } });
  }

  // Width does not depend on colours, so the second scheme is looked at on a phone only.
  describe.each([
    ['light', widths],
    ['dark', [320]],
  ] as const)('in %s', (colorScheme, shownWidths) => {
    test(
      'no screen has a serious fault of accessibility, or is wider than the window',
      async () => {
        if (colorScheme === 'light') await makeLongNames();
        const viewport = { width: 1360, height: 900 };
        const visitor = await openWatchedPage(browser, app.url, { colorScheme, viewport });
        await visitor.page.goto(`${app.url}/dashboard`);
        await visitor.page.getByLabel('Token').waitFor();
        expect([await visitor.findAccessibilityFaults(), 'sign in']).toEqual([[], 'sign in']);
        await visitor.page.getByLabel('Token').fill(token);
        await visitor.page.getByRole('button', { name: 'Sign in' }).click();
        await visitor.page.getByRole('heading', { name: 'Overview' }).waitFor();
        const [delivery] = (await call('GET', `/deliveries?hook=${hookId}&size=1`)).data as {
          id: string;
          event_id: string;
        }[];
        const screens = [
          '/',
          '/hooks',
          '/hooks/new?handler=webhook-custom',
          '/hooks/new?handler=lambda',
          `/hooks/${hookId}`,
          `/hooks/${hookId}/edit`,
          '/deliveries',
          '/deliveries?since=2026-01-01T00:00:00.000Z&until=2026-12-31T00:00:00.000Z',
          `/deliveries/${delivery?.id}`,
          '/events',
          `/events/${delivery?.event_id}`,
          '/inbound',
          '/inbound/new',
          '/inbound/github',
          '/guides/who-hears',
          '/workspaces',
          '/replays',
          '/catalogue',
          '/access',
          '/audit',
          '/system',
        ];
        for (const screen of screens) {
          await visitor.goTo(screen);
          for (const width of shownWidths) {
            await visitor.page.setViewportSize({ ...viewport, width });
            expect([screen, width, await visitor.findOverflow()]).toEqual([screen, width, []]);
          }
          expect([screen, await visitor.findAccessibilityFaults()]).toEqual([screen, []]);
          await visitor.page.setViewportSize(viewport);
        }
        expect(visitor.faults).toEqual([]);
        await visitor.close();
      },
      8 * minutes,
    );
  });
});
