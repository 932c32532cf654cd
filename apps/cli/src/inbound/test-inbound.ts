import { randomUUID } from 'node:crypto';
import type { PrintedInbound } from '@eventhooks/contract';
import { parseLossless, stringifyExact } from '@eventhooks/contract/exact-json';
import { completeVerify, type Sample, signBody } from '@eventhooks/inbound/senders';
import { isRecord } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { plain } from '../output.ts';
import { readText } from '../read-input.ts';
import { type Assignment, applyAssignment } from '../samples/set-value.ts';
import type { Session } from '../session.ts';
import { addressOf, presetOf } from './setup.ts';

export interface TestOptions {
  sample?: string;
  data?: string;
  header?: Record<string, string>;
  set?: Assignment[];
}

const requestTimeoutMs = 45_000;

/** Signs a sample as the sender would, sends it to the endpoint, and shows what became of it. */
export async function testInbound(
  { api, output }: Session,
  options: TestOptions,
  [name = '']: string[],
): Promise<void> {
  const endpoint = await api.call('GET /inbound/{name}', { params: { name } });
  const { headers: own = {}, body } = await chooseRequest(endpoint, options);
  const text = stringifyExact(body);
  const headers = { 'content-type': 'application/json', ...own, ...sign(endpoint, text), ...options.header };
  const response = await fetch(addressOf(api, endpoint), {
    method: 'POST',
    headers,
    body: text,
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  const answer = await response.text();
  const { status } = response;
  output.result({ status, answer: parse(answer) }, () => describe(status, answer));
  if (!response.ok) throw new CommandFailure(EXIT.no, `See why: eventhooks inbound rejections ${plain(name)}`);
}

async function chooseRequest(
  { preset: presetName }: PrintedInbound,
  { sample: wanted, data, set = [] }: TestOptions,
): Promise<Pick<Sample, 'headers' | 'body'>> {
  if (data !== undefined)
    return { body: change(parse(data.startsWith('@') ? await readText(data.slice(1)) : data), set) };
  const samples: Readonly<Record<string, Sample>> = presetOf(presetName)?.samples ?? {};
  const [first] = Object.keys(samples);
  const name = wanted ?? first ?? '';
  const sample = Object.hasOwn(samples, name) ? samples[name] : undefined;
  if (sample !== undefined) return { ...sample, body: change(structuredClone(sample.body), set) };
  const known = Object.keys(samples).join(', ');
  throw new CommandFailure(
    EXIT.usage,
    known === '' ? 'The endpoint has no preset, and so no samples: give --data' : `--sample: expected one of ${known}`,
  );
}

function change(body: unknown, assignments: readonly Assignment[]): unknown {
  if (isRecord(body)) for (const assignment of assignments) applyAssignment(body, assignment);
  return body;
}

/** @throws {CommandFailure} without the right to see the secret. */
function sign({ verify }: PrintedInbound, text: string): Record<string, string> {
  const secrets = verify.secrets?.filter((secret) => secret !== null);
  const completed = completeVerify({ ...verify, secrets: secrets?.length ? secrets : null }, null);
  if (!completed.ok) {
    throw new CommandFailure(EXIT.refused, 'The token may not see the secret, and so cannot sign: use one of an admin');
  }
  return signBody(completed.verification, Buffer.from(text), { nowMs: Date.now(), id: `msg_${randomUUID()}` });
}

function parse(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    return text;
  }
}

function describe(status: number, answer: string): string {
  const body = parse(answer);
  const receipts = isRecord(body) ? (Array.isArray(body.data) ? body.data : [body]) : [];
  const lines = receipts.flatMap((receipt: unknown) => {
    if (!isRecord(receipt) || typeof receipt.id !== 'string') return [];
    const note = receipt.duplicate === true ? ' (published before: --set or --header make it another)' : '';
    return [`  ${plain(receipt.id)}${note}`];
  });
  return lines.length > 0
    ? [`Answered ${status}. Events:`, ...lines].join('\n')
    : `Answered ${status}: ${plain(answer)}`;
}
