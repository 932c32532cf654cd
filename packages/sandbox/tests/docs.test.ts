import { readFile } from 'node:fs/promises';
import { openTestSandbox } from './support/sandbox.ts';

/** The examples in the docs for users are true. */
const { sandbox, body, lua, javascript } = openTestSandbox();
afterAll(() => sandbox.close());

const read = (name: string) => readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

/** The first code spans of each cell, of rows that have them in these columns. */
function tableRows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.replaceAll('\\|', '\u0001').split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => (/^ `([^`]*)`/.exec(cell)?.[1] ?? '').replaceAll('\u0001', '|')));
}

/** Fences are taken in pairs, so that a closing one does not look like the opening of a block without a language. */
function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , code = '']) => code);
}

test('each template with data prints what the table says', async () => {
  const rows = tableRows(await read('templates.md')).filter(
    ([template, data]) => (template !== '' && data?.startsWith('{"') === true) || data === '{}',
  );
  expect(rows.length).toBeGreaterThanOrEqual(7);
  for (const [template = '', data = '{}', expected] of rows)
    expect([template, await body(template, JSON.parse(data))]).toEqual([template, expected]);
});

test('each filter with values of its own prints what the table says', async () => {
  const rows = tableRows(await read('templates.md')).filter(
    ([, example, printed]) => /^\{\{ ['"\d]/.test(example ?? '') && printed !== '',
  );
  expect(rows.length).toBeGreaterThanOrEqual(4);
  for (const [, example = '', expected] of rows) expect([example, await body(example)]).toEqual([example, expected]);
});

test('each lambda shown succeeds', async () => {
  const text = await read('lambdas.md');
  const data = {
    health: 'UNHEALTHY',
    ip: '10.0.0.1',
    port: 80,
    hostname: 'a',
    operation: 'create',
    entity: { id: 1, username: 'ada' },
  };
  const lambdas = codeBlocks(text, 'lua');
  const scripts = codeBlocks(text, 'js');
  expect([lambdas.length, scripts.length]).toEqual([1, 2]);
  for (const source of lambdas)
    expect(await lua(source, data)).toMatchObject({
      ok: true,
      logs: [{ level: 'warn', message: 'target 10.0.0.1:80 of a is down' }],
    });
  for (const source of scripts) expect(await javascript(source, data)).toMatchObject({ ok: true });
});

test('the curl line of the lambda docs fails with the words shown', async () => {
  const text = await read('lambdas.md');
  const [, source = ''] = /config\.functions=([\s\S]*?)'\n```/.exec(text) ?? [];
  const outcome = await lua(source, { entity: { username: 'Ada' } });
  expect(outcome).toMatchObject({ ok: false, message: codeBlocks(text, '')[0]?.trim() });
});
