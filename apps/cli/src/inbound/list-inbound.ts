import { INBOUND_PRESETS } from '@eventhooks/contract';
import { PRESETS, type Preset } from '@eventhooks/inbound/senders';
import { formatTable, formatTime, plain } from '../output.ts';
import { formatRateLimit } from '../rate-limit.ts';
import type { Session } from '../session.ts';
import { addressOf, describeSetup, findPresetName, firstSecretOf, presetOf } from './setup.ts';

export async function listInbound({ api, output }: Session): Promise<void> {
  const endpoints = await api.all('GET /inbound');
  output.result(endpoints, () =>
    formatTable(
      ['name', 'preset', 'checked by', 'address', 'events/s', 'state', 'updated'],
      endpoints.map((endpoint) => [
        plain(endpoint.name),
        plain(endpoint.preset),
        plain(endpoint.verify.scheme),
        plain(addressOf(api, endpoint)),
        formatRateLimit(endpoint.rate_limit),
        endpoint.enabled ? 'enabled' : output.paint('red', 'disabled'),
        formatTime(endpoint.updated_at),
      ]),
    ),
  );
}

/** Shows all fields of an endpoint, and the steps on the sender's side beside it. */
export async function showInbound({ api, output }: Session, _options: object, [name = '']: string[]): Promise<void> {
  const endpoint = await api.call('GET /inbound/{name}', { params: { name } });
  const preset = presetOf(endpoint.preset);
  output.result(endpoint, () => JSON.stringify(endpoint, null, 2));
  if (preset === null || output.json) return;
  output.note(`\nOn the sender's side:\n${describeSetup(preset, addressOf(api, endpoint), firstSecretOf(endpoint))}`);
}

export async function listRejections({ api, output }: Session, _options: object, [name = '']: string[]): Promise<void> {
  const { data } = await api.call('GET /inbound/{name}/rejections', { params: { name } });
  output.result(data, () =>
    formatTable(
      ['time', 'status', 'reason'],
      data.map(({ time, status, reason }) => [formatTime(time), plain(status), plain(reason)]),
    ),
  );
}

/** Lists the senders that are known; with a name, its steps and samples. */
export async function listPresets({ output }: Session, _options: object, [wanted]: string[]): Promise<void> {
  if (wanted !== undefined) {
    const name = findPresetName(wanted);
    const preset: Preset = PRESETS[name];
    output.result({ name, ...preset }, () => describePreset(preset));
    return;
  }
  const presets = INBOUND_PRESETS.map((one) => ({ name: one, ...describeBriefly(PRESETS[one]) }));
  output.result(presets, () =>
    formatTable(
      ['preset', 'checked by', 'samples', 'written by'],
      presets.map(({ name: label, verify, samples, documentation }) => [
        label,
        verify,
        samples.join(', '),
        documentation,
      ]),
    ),
  );
}

function describeBriefly({ verify, samples, documentation }: Preset) {
  return { verify: verify.scheme ?? 'none', samples: Object.keys(samples), documentation };
}

function describePreset(preset: Preset): string {
  const events = Object.entries(preset.catalogue).map(([event, { description }]) => [`  ${event}`, description]);
  return [
    `On the sender's side:\n${describeSetup(preset, '(the address)', null)}`,
    `\nSamples: ${Object.keys(preset.samples).join(', ')}`,
    `\n${formatTable(['  event', ''], events)}`,
  ].join('\n');
}
