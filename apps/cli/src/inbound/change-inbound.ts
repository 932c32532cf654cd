import { randomBytes } from 'node:crypto';
import { type Endpoints, INBOUND_PRESETS } from '@eventhooks/contract';
import { PRESETS, type Preset } from '@eventhooks/inbound/senders';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { plain } from '../output.ts';
import { type GivenRateLimit, toRateLimit } from '../rate-limit.ts';
import { type Assignment, applyAssignment } from '../samples/set-value.ts';
import type { Session } from '../session.ts';
import { addressOf, describeSetup } from './setup.ts';

/** A body as its client gives it; the server checks it. */
type Body = Endpoints['PATCH /inbound/{name}']['body'];

export interface ChangeOptions {
  secret?: string[];
  addSecret?: string;
  rateLimit?: GivenRateLimit;
  tags?: string[];
  set?: Assignment[];
}

const secretBytes = 32;

/** Makes an endpoint for a known sender, and prints what to do on the sender's side. */
export async function createInbound(
  { api, output }: Session,
  { name: given, ...options }: ChangeOptions & { name?: string },
  [wanted = '']: string[],
): Promise<void> {
  const presetName = INBOUND_PRESETS.find((one) => one === wanted);
  if (presetName === undefined) {
    throw new CommandFailure(EXIT.usage, `unknown preset '${plain(wanted)}'; known: ${INBOUND_PRESETS.join(', ')}`);
  }
  const preset: Preset = PRESETS[presetName];
  const secrets = options.secret ?? [inventSecret(preset, options)];
  const name = given ?? presetName;
  const body = { ...toBody({ ...options, secret: secrets }), name, preset: presetName };
  const endpoint = await api.call('POST /inbound', { body });
  const url = addressOf(api, endpoint);
  output.result({ ...endpoint, url }, () =>
    [
      `Created the inbound endpoint ${plain(name)}. Its address:\n\n  ${url}`,
      `\nOn the sender's side:\n${describeSetup(preset, url, secrets[0] ?? null)}`,
      `\nTo try it: eventhooks inbound test ${plain(name)} --sample ${Object.keys(preset.samples)[0]}`,
    ].join('\n'),
  );
}

/** @throws {CommandFailure} where only the sender can make the secret. */
function inventSecret(preset: Preset, { set = [] }: ChangeOptions): string {
  const isGivenElsewhere = set.some(({ path }) => path[0] === 'verify');
  if (preset.setup.hasOwnSecret && !isGivenElsewhere) {
    throw new CommandFailure(
      EXIT.usage,
      `The sender makes the secret; give it with --secret:\n${describeSetup(preset, '(the address)', null)}`,
    );
  }
  return randomBytes(secretBytes).toString('base64url');
}

function toBody({ secret, rateLimit, tags, set = [] }: ChangeOptions): Body {
  const body: Record<string, unknown> = {
    ...(secret !== undefined && { verify: { secrets: secret } }),
    ...(rateLimit !== undefined && { rate_limit: toRateLimit(rateLimit) }),
    ...(tags !== undefined && { tags }),
  };
  for (const assignment of set) applyAssignment(body, assignment);
  return body;
}

export async function updateInbound(
  { api, output }: Session,
  { addSecret, ...options }: ChangeOptions,
  [name = '']: string[],
): Promise<void> {
  const params = { name };
  const secret = addSecret === undefined ? options.secret : [addSecret, ...(await readSecrets({ api, output }, name))];
  const body = toBody({ ...options, ...(secret !== undefined && { secret }) });
  const endpoint = await api.call('PATCH /inbound/{name}', { params, body });
  output.result(endpoint, () => `Changed the inbound endpoint ${plain(name)}`);
}

async function readSecrets({ api }: Session, name: string): Promise<string[]> {
  const { verify } = await api.call('GET /inbound/{name}', { params: { name } });
  return (verify.secrets ?? []).filter((secret) => secret !== null);
}

export function enableInbound(session: Session, _options: object, names: string[]): Promise<void> {
  return switchInbound(session, names, true);
}

export function disableInbound(session: Session, _options: object, names: string[]): Promise<void> {
  return switchInbound(session, names, false);
}

async function switchInbound({ api, output }: Session, names: readonly string[], enabled: boolean): Promise<void> {
  for (const name of names) await api.call('PATCH /inbound/{name}', { params: { name }, body: { enabled } });
  const done = enabled ? 'enabled' : 'disabled';
  output.result({ [done]: names }, () =>
    names.map((name) => `${enabled ? 'Enabled' : 'Disabled'} ${plain(name)}`).join('\n'),
  );
}

export async function deleteInbound({ api, output }: Session, _options: object, names: string[]): Promise<void> {
  for (const name of names) await api.call('DELETE /inbound/{name}', { params: { name } });
  output.result({ deleted: names }, () => names.map((name) => `Deleted ${plain(name)}`).join('\n'));
}
