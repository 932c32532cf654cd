import type { PrintedAttempt } from '@eventhooks/contract';
import { attemptAsCurl } from '../as-curl.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { fetchHookNames } from '../hooks/find-hook.ts';
import { formatNumber, formatTime, type Output, paintStatus, plain } from '../output.ts';
import type { Session } from '../session.ts';
import { describeAnswer } from './list-deliveries.ts';

/** Shows a delivery with its attempts, or its last request as a command for curl. */
export async function getDelivery(
  { api, output }: Session,
  { curl }: { curl?: boolean },
  [id = '']: string[],
): Promise<void> {
  const delivery = await api.call('GET /deliveries/{id}', { params: { id } });
  if (curl) return showAsCurl(output, delivery.attempts.at(-1));
  const nameHook = output.json ? plain : await fetchHookNames(api);
  output.result(delivery, () =>
    [
      `${plain(`${delivery.source}/${delivery.event}`)}  ${paintStatus(output, delivery.status)}  ${describeAnswer(delivery)}`,
      `hook ${nameHook(delivery.hook_id)}, event ${plain(delivery.event_id)}, published ${formatTime(delivery.created_at)}`,
      ...(delivery.batch_id ? [`sent with batch ${plain(delivery.batch_id)}`] : []),
      ...(delivery.next_attempt_at ? [`next attempt ${formatTime(delivery.next_attempt_at)}`] : []),
      ...(delivery.behind ? [`behind ${plain(delivery.behind)}, which is in front of its key`] : []),
      ...delivery.attempts.map((attempt) => describeAttempt(output, attempt)),
    ].join('\n'),
  );
}

function showAsCurl(output: Output, attempt: PrintedAttempt | undefined): void {
  const result = attemptAsCurl(attempt);
  if (!result.ok) throw new CommandFailure(EXIT.no, result.message);
  const { command, missing } = result;
  output.result({ curl: command, missing }, () => command);
  if (missing.length > 0) output.note(`Not in the record, so not in the command: ${missing.join(', ')}.`);
}

function describeAttempt(output: Output, attempt: PrintedAttempt): string {
  const { number, started_at, duration_ms, ok, error_code, error_message, request, response } = attempt;
  const ended = ok ? output.paint('green', 'succeeded') : output.paint('red', plain(error_code));
  const lines = [
    `\nattempt ${formatNumber(number)}  ${formatTime(started_at)}  ${formatNumber(Math.round(duration_ms))} ms  ${ended}`,
  ];
  if (error_message) lines.push(`  ${plain(error_message)}`);
  if (request !== null) {
    lines.push(`  > ${plain(request.method)} ${plain(request.url)}`);
    for (const [name, value] of Object.entries(request.headers ?? {}))
      lines.push(`  > ${plain(name)}: ${plain(value)}`);
    if (request.body) lines.push(`  > ${plain(request.body)}`);
  }
  if (response !== null) {
    lines.push(`  < ${plain(response.status)}`);
    if (response.body) lines.push(`  < ${plain(response.body)}`);
  }
  return lines.join('\n');
}
