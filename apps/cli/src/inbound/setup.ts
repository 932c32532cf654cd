import { INBOUND_PRESETS, type InboundPreset, type PrintedInbound } from '@eventhooks/contract';
import { PRESETS, type Preset } from '@eventhooks/inbound/senders';
import type { Api } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { plain } from '../output.ts';

/** @throws {CommandFailure} for an unknown name. */
export function findPresetName(wanted: string): InboundPreset {
  const name = INBOUND_PRESETS.find((one) => one === wanted);
  if (name !== undefined) return name;
  throw new CommandFailure(EXIT.usage, `unknown preset '${plain(wanted)}'; known: ${INBOUND_PRESETS.join(', ')}`);
}

export function presetOf(name: InboundPreset | null): Preset | null {
  return name === null ? null : PRESETS[name];
}

/** The address to which the sender posts, as far as this command knows the server's. */
export function addressOf(api: Api, { path }: PrintedInbound): string {
  return api.url + path;
}

/** Prints the preset's steps on the sender's side, with the endpoint's own address and secret. */
export function describeSetup(preset: Preset, url: string, secret: string | null): string {
  const fill = (text: string) => text.replaceAll('{url}', url).replaceAll('{secret}', secret ?? '(the secret)');
  const { steps, snippet } = preset.setup;
  const numbered = steps.map((step, index) => `  ${index + 1}. ${plain(fill(step))}`);
  const indented =
    snippet === undefined
      ? []
      : [
          '',
          ...fill(snippet)
            .trimEnd()
            .split('\n')
            .map((line) => `     ${line}`),
        ];
  return [...numbered, ...indented].join('\n');
}

/** The first secret of an endpoint; null where there is none, or the token may not see it. */
export function firstSecretOf({ verify }: PrintedInbound): string | null {
  return verify.secrets?.[0] ?? null;
}
