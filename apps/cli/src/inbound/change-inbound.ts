import { randomBytes } from 'node:crypto';
import type { Endpoints } from '@eventhooks/contract';
import { PRESETS, type Preset } from '@eventhooks/inbound/senders';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { plain } from '../output.ts';
import { type GivenRateLimit, toRateLimit } from '../rate-limit.ts';
import { type Assignment, applyAssignment } from '../samples/set-value.ts';
import type { Session } from '../session.ts';
import { addressOf, describeSetup, findPresetName, firstSecretOf } from './setup.ts';

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

/** Makes an endpoint for a known sender, and prints the steps on the sender's side. */
export async function createInbound(
  { api, output }: Session,
  { name: given, ...options }: ChangeOptions & { name?: string },
  [wanted = '']: string[],
): Promise<void> {
  const presetName = findPresetName(wanted);
  const preset: Preset = PRESETS[presetName];
  const secret = options.secret ?? inventSecrets(preset, options);
  const name = given ?? presetName;
  const body = { ...toBody({ ...options, ...(secret && { secret }) }), name, preset: presetName };
  const endpoint = await api.call('POST /inbound', { body });
  const url = addressOf(api, endpoint);
  output.result({ ...endpoint, url }, () =>
    [
      `Created the inbound endpoint ${plain(name)}. Its address:\n\n  ${url}`,
      `\nOn the sender's side:\n${describeSetup(preset, url, firstSecretOf(endpoint))}`,
      `\nTo try it: eventhooks inbound test ${plain(name)} --sample ${Object.keys(preset.samples)[0]}`,
    ].join('\n'),
  );
}

/**
 * @returns undefined where no secret is wanted, or another option gives it.
 * @throws {CommandFailure} where only the sender can make the secret.
 */
function inventSecrets(preset: Preset, { set = [] }: ChangeOptions): string[] | undefined {
  const isGiven = (field: string) =>
    set.some(({ path }) => path[0] === 'verify' && (path.length === 1 || path[1] === field));
  const isUnchecked = set.some(({ path, value }) => path.join('.') === 'verify.scheme' && value === 'none');
  if (isUnchecked || isGiven('secrets')) return undefined;
  if (preset.setup.hasOwnSecret && !isGiven('scheme')) {
    throw new CommandFailure(
      EXIT.usage,
      `The sender makes the secret; give it with --secret:\n${describeSetup(preset, '(the address)', null)}`,
    );
  }
  return [randomBytes(secretBytes).toString('base64url')];
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
