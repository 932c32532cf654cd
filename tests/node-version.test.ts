import { readFile } from 'node:fs/promises';
import { runInNewContext } from 'node:vm';

/** Runs the check as another version of Node would. */
async function checkAs(version: string, script: string): Promise<{ printed: string; exitCode: number }> {
  const code = await readFile(new URL('../infra/require-node.cjs', import.meta.url), 'utf8');
  let printed = '';
  const write = (text: string): void => {
    printed += text;
  };
  const process = { versions: { node: version }, env: { npm_lifecycle_event: script }, stderr: { write }, exitCode: 0 };
  runInNewContext(code, { process });
  return { printed, exitCode: process.exitCode };
}

test.each(['16.20.2', '18.20.8', '20.20.2', '22.17.1'])(
  'Node %s is told which is needed, and the line that works',
  async (version) => {
    const { printed, exitCode } = await checkAs(version, 'start');
    expect(exitCode).toBe(1);
    expect(printed).toContain(`needs Node 22.18 or newer. This is Node ${version}.`);
    expect(printed).toContain("npx -y -p node@24 -c 'npm ci && npm start'");
    expect((await checkAs(version, 'worker')).printed).toContain("'npm ci && npm run worker'");
  },
);

test.each(['22.18.0', '24.0.0', '26.1.0'])('Node %s is told nothing', async (version) => {
  expect(await checkAs(version, 'start')).toEqual({ printed: '', exitCode: 0 });
});

test('every script that runs the sources checks the version first', async () => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  for (const name of ['start', 'admin', 'worker', 'migrate', 'rotate-keys', 'test', 'bench'])
    expect(manifest.scripts[name]).toMatch(/^node infra\/require-node\.cjs && /);
});
