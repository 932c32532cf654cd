import { jest } from '@jest/globals';
import { startInstallation } from '../../../tests/installation.ts';
import { findFreePort, waitFor } from '../../../tests/support/index.ts';
import { runCommand } from './support/run-command.ts';

jest.setTimeout(180_000);

interface Finding {
  level: string;
  what: string;
  advice?: string;
}

async function examine(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | null; findings: Finding[] }> {
  const { code, stdout, stderr } = await runCommand(['doctor', '--json', ...args], { env });
  expect(stderr).toBe('');
  return { code, findings: JSON.parse(stdout) };
}

const TOKEN = 'a-token-of-16-characters';

test('a whole installation has no fault, and its delivery is seen', async () => {
  await using installation = await startInstallation({ workers: 1, env: { EVENTHOOKS_ADMIN_TOKEN: TOKEN } });
  const worker = ['--worker-url', installation.workers[0]?.url ?? ''];
  const env = { EVENTHOOKS_URL: installation.admin.url };
  // Processes tell of themselves every few seconds.
  await waitFor(
    async () => {
      const headers = { 'kong-admin-token': TOKEN };
      const response = await fetch(`${installation.admin.url}/system`, { headers });
      const { processes } = (await response.json()) as { processes: { is_scheduler: boolean }[] };
      return processes.some(({ is_scheduler }) => is_scheduler);
    },
    { timeoutMs: 120_000 },
  );
  const well = await examine({ ...env, EVENTHOOKS_TOKEN: TOKEN }, ...worker);
  expect(well.findings.filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(well.code).toBe(0);
  expect(well.findings.at(-1)?.what).toMatch(/published and delivered in \d+ ms/);

  const stranger = await examine(env, ...worker);
  expect(stranger.code).toBe(1);
  expect(stranger.findings).toContainEqual(
    expect.objectContaining({ level: 'fault', advice: expect.stringContaining('EVENTHOOKS_TOKEN') }),
  );

  const create = (hook: object) =>
    fetch(`${installation.admin.url}/event-hooks`, {
      method: 'POST',
      body: JSON.stringify(hook),
      headers: { 'content-type': 'application/json', 'kong-admin-token': TOKEN },
    });
  await create({ name: 'off', source: 'crud', handler: 'log', enabled: false });
  await create({ name: 'bare', source: 'crud', handler: 'webhook', config: { url: 'http://192.0.2.1/' } });
  const { code, findings } = await examine({ ...env, EVENTHOOKS_TOKEN: TOKEN }, ...worker);
  expect(code).toBe(0);
  expect(findings).toContainEqual(expect.objectContaining({ level: 'warning', what: '1 hook is disabled: off' }));
  const capacity = await examine({ ...env, EVENTHOOKS_TOKEN: TOKEN }, '--capacity');
  expect(capacity).toMatchObject({
    code: 0,
    findings: expect.arrayContaining([
      { level: 'ok', what: expect.stringMatching(/^\d+ of \d+ connections of PostgreSQL are open/) },
    ]),
  });
  expect(capacity.findings).toContainEqual({
    level: 'warning',
    what: expect.stringContaining("The size of PostgreSQL's disk is not known"),
    advice: 'Set EVENTHOOKS_DATABASE_DISK to what the database may take.',
  });
  const text = await runCommand(['doctor', '--read-only', ...worker], { env: { ...env, EVENTHOOKS_TOKEN: TOKEN } });
  expect(text.stdout).toMatch(/! 1 hook is disabled: off\n {4}Once the cause/);
});

test('without a worker that is told, and the event that nobody delivers', async () => {
  await using installation = await startInstallation({ workers: 0 });
  const workerUrl = `http://127.0.0.1:${await findFreePort()}`;
  const { code, findings } = await examine({ EVENTHOOKS_URL: installation.admin.url }, '--worker-url', workerUrl);
  expect(code).toBe(1);
  expect(findings.filter(({ level }) => level === 'fault').map(({ what }) => what)).toEqual([
    expect.stringContaining('No worker is running'),
    expect.stringContaining('Worker: '),
    expect.stringContaining('accepted but not delivered'),
  ]);
  const { body } = await installation.call('GET', '/event-hooks');
  expect(body.data).toEqual([]);
});

test('no server, and an environment that no server would start with', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const env = { EVENTHOOKS_URL: url, EVENTHOOKS_RETENTION: 'soon' };
  const { code, findings } = await examine(env);
  expect(code).toBe(1);
  expect(findings).toContainEqual(
    expect.objectContaining({ level: 'fault', what: expect.stringContaining('EVENTHOOKS_RETENTION') }),
  );
  expect(findings).toContainEqual(expect.objectContaining({ advice: expect.stringContaining('npm start') }));
});
