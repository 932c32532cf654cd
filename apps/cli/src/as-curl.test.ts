import { spawnSync } from 'node:child_process';
import type { PrintedAttempt } from '@eventhooks/contract';
import { Api } from './api.ts';
import { attemptAsCurl, publishAsCurl } from './as-curl.ts';

const body = `{"text":"it's $HOME \`x\` and \\"@y\\""}`;
const attempt = (request: PrintedAttempt['request']): PrintedAttempt => ({
  number: 1,
  started_at: '2026-01-31T12:00:00Z',
  duration_ms: 3,
  ok: true,
  error_code: null,
  error_message: null,
  request,
  response: null,
});

/** The words that a shell makes of a command. */
function wordsOf(command: string): string[] {
  const { stdout } = spawnSync('sh', ['-c', `curl() { for word; do printf '%s\\0' "$word"; done; }\n${command}`], {
    encoding: 'utf8',
    env: { EVENTHOOKS_TOKEN: 'a-token' },
  });
  return stdout.split('\0').slice(0, -1);
}

test('an attempt becomes a command that sends the same request, whatever its body holds', () => {
  const result = attemptAsCurl(
    attempt({
      method: 'PUT',
      url: 'https://example.com/in?a=1&b=2',
      headers: { 'content-type': 'application/json', 'content-length': '12', authorization: null },
      body,
    }),
  );
  if (!result.ok) throw new Error(result.message);
  expect(wordsOf(result.command)).toEqual([
    '-X',
    'PUT',
    'https://example.com/in?a=1&b=2',
    '-H',
    'content-type: application/json',
    '--data-raw',
    body,
  ]);
  expect(result.missing).toEqual(['the header authorization']);
});

test('a delivery that sent nothing has no command', () => {
  expect(attemptAsCurl(undefined).ok).toBe(false);
  expect(attemptAsCurl(attempt({ log: 'a line' })).ok).toBe(false);
});

test('an event becomes a command that publishes it, with a variable in the place of the token', () => {
  const api = new Api({ url: 'http://127.0.0.1:8001/', token: 'secret', workspace: 'team a' });
  const command = publishAsCurl(api, {
    id: '6a1b2c3d-0000-4000-8000-000000000001',
    source: 'shop',
    event: 'order',
    data: { text: body },
    publisher_id: 'A-7',
    created_at: '2026-01-31T12:00:00Z',
  });
  expect(command).not.toContain('secret');
  expect(wordsOf(command)).toEqual([
    'http://127.0.0.1:8001/team%20a/events',
    '-H',
    'Authorization: Bearer a-token',
    '-H',
    'content-type: application/json',
    '--data-raw',
    JSON.stringify({ source: 'shop', event: 'order', data: { text: body } }),
  ]);
});
