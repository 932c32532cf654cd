import { jest } from '@jest/globals';
import { startInstallation } from '../../../tests/installation.ts';
import { startRedis, waitFor } from '../../../tests/support/index.ts';
import { runCommand } from './support/run-command.ts';

jest.setTimeout(120_000);

test('F51 a Redis that may evict jobs is a warning in the logs, in /system and by doctor, and nothing but JSON is printed', async () => {
  const redis = await startRedis({ flags: ['--maxmemory-policy', 'allkeys-lru', '--maxmemory', '100mb'] });
  try {
    await using installation = await startInstallation({ workers: 1, redis: { url: redis.url, prefix: '{eh}' } });
    const warning = 'Redis may evict jobs: its maxmemory-policy is allkeys-lru. Set it to noeviction.';
    for (const app of [installation.admin, ...installation.workers]) {
      const warnings = () =>
        app
          .logs()
          .split('\n')
          .filter((line) => line.includes('queue.warning'));
      await waitFor(() => warnings().length > 0, { timeoutMs: 20_000 });
      expect(warnings().map((line) => JSON.parse(line))).toMatchObject([{ level: 'warn', warning }]);
    }
    expect((await installation.call('GET', '/system')).body.queue.warnings).toEqual([warning]);
    const capacity = await installation.call('GET', '/system/capacity');
    expect(capacity.body.data).toContainEqual(
      expect.objectContaining({ name: 'redis_memory', level: 'good', limit: 100 * 1_024 ** 2 }),
    );
    const env = { EVENTHOOKS_URL: installation.admin.url };
    const { stdout } = await runCommand(['doctor', '--json', '--read-only'], { env });
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ level: 'warning', what: warning }));
    for (const app of [installation.admin, ...installation.workers]) {
      expect(
        app
          .logs()
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('{')),
      ).toEqual([]);
    }
  } finally {
    await redis.close();
  }
});
