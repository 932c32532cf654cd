import type { PrintedTestResult } from '@eventhooks/contract';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatNumber, type Output, plain } from '../output.ts';
import { readJsonObject } from '../read-input.ts';
import { type Assignment, applyAssignment } from '../samples/set-value.ts';
import type { Session } from '../session.ts';
import { fetchSample } from '../trigger.ts';
import { findHook, labelOf } from './find-hook.ts';

/** Sends a ping, and says whether the receiver answered 2xx. */
export async function pingHook({ api, output }: Session, _options: object, [which = '']: string[]): Promise<void> {
  const hook = await findHook(api, which);
  const ping = await api.call('GET /event-hooks/{id}/ping', { params: { id: hook.id } });
  output.result(ping, () => output.paint('green', `✓ The receiver of ${labelOf(hook)} took the ping.`));
}

export interface TestOptions {
  event?: string;
  data?: string;
  set?: Assignment[];
}

/** Runs a hook's handler at once for sample data or the user's. Exits with 1 if a delivery would have failed. */
export async function testHook(session: Session, options: TestOptions, [which = '']: string[]): Promise<void> {
  const { api, output } = session;
  const hook = await findHook(api, which);
  const event = hook.event ?? options.event ?? null;
  const data =
    options.data === undefined ? await sampleFor(session, hook.source, event) : await readJsonObject(options.data);
  for (const assignment of options.set ?? []) applyAssignment(data, assignment);
  if (hook.event === null && event !== null) data.event = event;
  const answer = await api.call('POST /event-hooks/{id}/test', {
    params: { id: hook.id },
    query: { details: 'true' },
    body: data,
  });
  output.result(answer, () => describeResult(output, answer));
  if (hasFailed(answer.result)) throw new CommandFailure(EXIT.no, '');
}

async function sampleFor(session: Session, source: string, event: string | null): Promise<Record<string, unknown>> {
  if (event !== null) return fetchSample(session, source, event);
  throw new CommandFailure(
    EXIT.usage,
    `The hook hears every event of '${source}'; name one by --event, or give data by --data`,
  );
}

function hasFailed(result: PrintedTestResult['result']): boolean {
  if ('error' in result) return true;
  return 'status' in result && (result.error_code !== undefined || result.status < 200 || result.status > 299);
}

function describeResult(output: Output, { result, details }: PrintedTestResult): string {
  const { request = null, duration_ms = null, logs = [] } = details ?? {};
  const took = duration_ms === null ? '' : ` in ${formatNumber(Math.round(duration_ms))} ms`;
  return [
    ...(request === null ? [] : describeRequest(output, request)),
    ...logs.map(({ level, message }) => output.paint('gray', `${plain(level)}: ${plain(message)}`)),
    ...describeOutcome(output, result, took),
  ].join('\n');
}

type Request = NonNullable<NonNullable<PrintedTestResult['details']>['request']>;

function describeRequest(output: Output, { method, url, headers, body }: Request): string[] {
  return [
    `> ${output.paint('bold', `${plain(method)} ${plain(url)}`)}`,
    ...Object.entries(headers).map(([name, value]) => `> ${plain(name)}: ${plain(value)}`),
    ...(body ? [`> ${plain(body)}`] : []),
  ];
}

function describeOutcome(output: Output, result: PrintedTestResult['result'], took: string): string[] {
  if ('error' in result) return [output.paint('red', `✗ It failed${took}: ${plain(result.error)}`)];
  if ('value' in result) {
    return [`${output.paint('green', `✓ The functions ran${took}.`)} The last result: ${plain(result.value)}`];
  }
  const { status, body, error_code } = result;
  const summary = hasFailed(result)
    ? output.paint('red', `✗ The receiver answered ${status}${error_code ? ` (${plain(error_code)})` : ''}${took}.`)
    : output.paint('green', `✓ The receiver answered ${status}${took}.`);
  return [summary, ...(body === '' ? [] : [`< ${plain(body)}`])];
}
