import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bundleSandbox } from '../src/bundle/bundle.ts';
import { DEFAULT_LIMITS } from '../src/index.ts';
import { startRunner } from '../src/pool/runner-process.ts';
import { isAlive, runnerPids, until } from './support/processes.ts';
import { bodyOf, item, items, openTestSandbox } from './support/sandbox.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;
const HOOK = { id: 'hook', revision: '1' };

describe('a runner', () => {
  test('is not started before it is needed, and ends at close', async () => {
    const { sandbox, body } = openTestSandbox();
    expect(sandbox.stats()).toMatchObject({ runners: 0, busy: 0, queued: 0 });
    await body('{{ a }}');
    expect(sandbox.stats()).toMatchObject({ runners: 1, busy: 0, queued: 0 });
    await sandbox.close();
    expect(sandbox.stats().runners).toBe(0);
  });

  test('is ended when idle, and started again', async () => {
    const { sandbox, body } = openTestSandbox({ limits: { runnerIdleMs: 20 } });
    await body('{{ a }}');
    await until(() => sandbox.stats().runners === 0);
    expect(await body('{{ a }}', { a: 1 })).toBe('1');
    await sandbox.close();
  });

  test.each([
    ['runs', { runnerRuns: 10 }],
    ['CPU time', { runnerCpuMs: 1 }],
    // This is less than Node itself takes, and more than a task adds: a runner that grows by more within a task is killed.
    ['memory', { runnerRssMib: 32 }],
  ])('is replaced after its term of %s', async (_name, limits) => {
    const { sandbox, run } = openTestSandbox({ limits });
    for (let batch = 0; batch < 2; batch++) {
      const outcomes = await run('lua', 'return function () return true end', items(11));
      expect(outcomes.every(({ ok }) => ok)).toBe(true);
    }
    expect(sandbox.stats()).toMatchObject({ recycled: 2, lost: 0, killed: 0 });
    await sandbox.close();
  });

  onLinux('that is killed from outside has its batch run elsewhere, and the hook goes on', async () => {
    const lost: string[] = [];
    const { sandbox, run } = openTestSandbox({
      limits: { runCpuMs: 2_000 },
      onRunnerLost: (reason) => lost.push(reason),
    });
    await run('javascript', '() => 1', [item()]);
    const [pid] = runnerPids();
    if (pid === undefined) throw new Error('no runner');
    const outcomes = run(
      'javascript',
      '(d) => { let n = 0; for (let i = 0; i < 1e8; i++) n += i % 7; return d.index + 1 }',
      items(3),
    );
    await until(() => sandbox.stats().busy === 1);
    process.kill(pid, 'SIGKILL');
    expect(await outcomes).toMatchObject([
      { ok: true, value: 1 },
      { ok: true, value: 2 },
      { ok: true, value: 3 },
    ]);
    expect(sandbox.stats()).toMatchObject({ lost: 1 });
    expect(lost).toEqual([expect.stringContaining('the sandbox runner died')]);
    await sandbox.close();
  });

  onLinux('that is killed while idle is replaced unnoticed', async () => {
    const { sandbox, body } = openTestSandbox();
    await body('{{ a }}');
    const [pid] = runnerPids();
    if (pid === undefined) throw new Error('no runner');
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid));
    expect(await body('{{ a }}', { a: 'again' })).toBe('again');
    await sandbox.close();
  });

  onLinux('has an empty environment', async () => {
    process.env.SANDBOX_TEST_SECRET = 'secret';
    const { sandbox, body } = openTestSandbox();
    await body('{{ a }}');
    const [pid] = runnerPids();
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    expect(environment).not.toContain('SANDBOX_TEST_SECRET');
    expect(
      environment.split('\0').filter((line) => line !== '' && !/^(NODE_CHANNEL_|PWD=|_=|SHLVL=|OLDPWD)/.test(line)),
    ).toEqual([]);
    delete process.env.SANDBOX_TEST_SECRET;
    await sandbox.close();
  });

  onLinux('dies with its parent, also in a call that ignores termination', async () => {
    const parent = spawn(process.execPath, [fileURLToPath(new URL('support/parent-to-kill.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const pids: number[] = JSON.parse(line);
    expect(pids).toHaveLength(2);
    expect(pids.every(isAlive)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !pids.some(isAlive));
  });
});

/** A runner that runs other code, as if a script had broken out of its isolate. */
describe('code that broke out into the runner', () => {
  const start = async (body: string, limits = {}) => {
    const { isolatedVmPath, guestCode } = await bundleSandbox();
    const runnerCode = `module.exports.startRunner = () => {
      const reply = (text) => { process.send({ type: 'outcomes', text }); process.send({ type: 'end', end: { reason: 'finished' }, cpuMs: 0, rssMib: 0 }); };
      process.on('message', () => { ${body} });
      process.send({ type: 'ready' });
    };`;
    return startRunner({ runnerCode, isolatedVmPath, guestCode, limits: { ...DEFAULT_LIMITS, ...limits } }, false);
  };
  const request = { type: 'check' as const, guest: 'lua' as const, sources: [] };

  test.each([
    ['read files', 'require("fs").readFileSync(process.execPath)'],
    [
      'read the sources of this project',
      `require("fs").readFileSync(${JSON.stringify(fileURLToPath(import.meta.url))})`,
    ],
    ['list directories', 'require("fs").readdirSync("/")'],
    ['write files', 'require("fs").writeFileSync("/tmp/sandbox-broken", "")'],
    ['start processes', 'require("child_process").execFileSync("/bin/true")'],
    ['start threads', 'new (require("worker_threads").Worker)("", { eval: true })'],
    ['open the inspector', 'require("inspector").open(0)'],
  ])('cannot %s', async (_name, code) => {
    const runner = await start(`try { ${code}; reply('done') } catch (error) { reply(error.code ?? String(error)) }`);
    let answer = '';
    await runner.run(request, (text) => {
      answer = text;
    });
    expect(answer).toBe('ERR_ACCESS_DENIED');
    await runner.kill();
  });

  test('is ended when it keeps silent', async () => {
    const runner = await start('', { runWallMs: 10 });
    expect(await runner.run(request, () => {})).toMatchObject({
      ok: false,
      message: 'the sandbox runner fell silent',
    });
    expect(runner.isAlive).toBe(false);
  });

  onLinux('is ended by the kernel when it spins, without its parent', async () => {
    const runner = await start('process.removeAllListeners("disconnect"); for (;;);', {
      runnerCpuMs: 500,
      runWallMs: 60_000,
    });
    expect(await runner.run(request, () => {})).toMatchObject({ ok: false, message: 'the sandbox runner died' });
  });

  test('that does not start is a lost run, with the reason for operators', async () => {
    const lost: string[] = [];
    const { sandbox, render } = openTestSandbox({
      limits: { runnerStartMs: 1 },
      onRunnerLost: (reason) => lost.push(reason),
    });
    expect(await render('{{ a }}')).toEqual({
      ok: false,
      kind: 'runner_lost',
      message: 'the sandbox runner did not start',
    });
    expect(lost[0]).toContain('fell silent at its start');
    await expect(sandbox.checkTemplates(bodyOf('{{ a }}'))).rejects.toThrow('could not check');
    await sandbox.close();
  });
});

describe('closing', () => {
  test('answers what waits and what runs as lost, and starts nothing more', async () => {
    const { sandbox, run } = openTestSandbox({ limits: { runCpuMs: 10_000 } });
    const running = run('javascript', '() => { for (;;); }', [item()]);
    const waiting = run('javascript', '() => 1', [item()]);
    await until(() => sandbox.stats().busy === 1 && sandbox.stats().queued === 1);
    await sandbox.close();
    expect(await running).toMatchObject([{ ok: false, kind: 'runner_lost' }]);
    expect(await waiting).toMatchObject([{ ok: false, kind: 'runner_lost' }]);
    expect(await sandbox.render(HOOK, bodyOf('{{ a }}'), [item()])).toMatchObject([{ kind: 'runner_lost' }]);
    expect(sandbox.stats()).toMatchObject({ runners: 0, lost: 0 });
  });

  test('twice, or before anything ran, is harmless', async () => {
    const { sandbox } = openTestSandbox();
    await sandbox.close();
    await sandbox.close();
  });
});

describe('hooks that overrun', () => {
  const endless = '() => { for (;;); }';

  test('share one slow runner: ten of them hold up no other', async () => {
    const { sandbox, run } = openTestSandbox({ runners: 1, limits: { runCpuMs: 100 } });
    let isOver = false;
    let endings = 0;
    const attackers = Array.from({ length: 10 }, async (_, index) => {
      while (!isOver) {
        await run('javascript', endless, [item()], `endless-${index}`);
        endings += 1;
      }
    });
    await until(() => sandbox.stats().slowHooks === 10);
    const before = endings;
    for (let attempt = 0; attempt < 100; attempt++) {
      expect(await run('lua', 'return function () return true end', [item()], 'good')).toMatchObject([{ ok: true }]);
    }
    // If they shared a runner, some hundred of their runs would have ended during the hundred runs of the good hook.
    expect(endings - before).toBeLessThan(50);
    isOver = true;
    await Promise.all(attackers);
    await sandbox.close();
  });

  test('fail at once where too many wait, and are let in again when changed', async () => {
    const { sandbox, run } = openTestSandbox({ limits: { runCpuMs: 100, slowQueuePerHook: 1 } });
    await run('javascript', endless, [item()], 'endless');
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => run('javascript', endless, [item()], 'endless')),
    );
    const messages = outcomes.map(([outcome]) => (outcome?.ok === false ? outcome.message : ''));
    expect(messages.filter((message) => message.startsWith('not run: the hook overran lately'))).toHaveLength(3);
    expect(sandbox.stats().slowHooks).toBe(1);
    const lambda = { language: 'javascript' as const, functions: ['() => 1'] };
    expect(await sandbox.runLambda({ id: 'endless', revision: '2' }, lambda, [item()])).toMatchObject([{ ok: true }]);
    await sandbox.close();
  });

  test('are forgiven after a while', async () => {
    const { sandbox, run } = openTestSandbox({ limits: { runCpuMs: 50, slowMs: 100 } });
    await run('javascript', endless, [item()], 'endless');
    expect(sandbox.stats().slowHooks).toBe(1);
    await until(() => sandbox.stats().slowHooks === 0);
    await sandbox.close();
  });
});
