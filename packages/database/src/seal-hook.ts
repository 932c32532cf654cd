import { type Hook, isJsonObject, type OldSecret, privateFieldsOf } from '@eventhooks/contract';
import type { Keyring } from './keyring.ts';

/** The columns of a hook's row that hold secrets or their places. */
export interface SealedParts {
  /** Holds null in the place of each sealed value. */
  config: unknown;
  /** Sealed texts by their place in `config`: `secret`, `client_key`, `headers.<name>`. */
  sealed: Record<string, string>;
  old_secrets: SealedOldSecret[];
}

interface SealedOldSecret {
  /** Epoch seconds. */
  ends_at: number;
  sealed: string;
}

export type OpenedParts = Pick<Hook, 'config' | 'old_secrets' | 'unreadable'>;

/** Encrypts a hook's secrets. @throws when it has some and there is no key. */
export function sealHook(hook: Pick<Hook, 'id' | 'config' | 'old_secrets'>, keyring: Keyring): SealedParts {
  const sealed: Record<string, string> = {};
  const config: Record<string, unknown> = { ...hook.config };
  for (const { path, value } of privateFieldsOf(hook.config)) {
    const [field, header] = path;
    const place = path.join('.');
    sealed[place] = keyring.seal(value, placeOf(hook.id, `config.${place}`));
    config[field] = header === undefined ? null : { ...(isJsonObject(config[field]) && config[field]), [header]: null };
  }
  const old_secrets = hook.old_secrets.map(({ secret, ends_at }) => ({
    ends_at,
    sealed: keyring.seal(secret, placeOf(hook.id, 'old_secrets')),
  }));
  return { config, sealed, old_secrets };
}

/** Decrypts a hook's row. A value that no key opens is empty, and listed in `unreadable`. */
export function openHook(id: string, parts: SealedParts, keyring: Keyring): OpenedParts {
  const config: Record<string, unknown> = isJsonObject(parts.config) ? { ...parts.config } : {};
  const unreadable: string[] = [];
  for (const [place, text] of Object.entries(parts.sealed)) {
    const opened = keyring.open(text, placeOf(id, `config.${place}`));
    if (!opened.ok) unreadable.push(`config.${place}`);
    const value = opened.ok ? opened.text : '';
    const header = /^headers\.(.*)$/s.exec(place)?.[1];
    if (header === undefined) config[place] = opened.ok ? value : null;
    else config.headers = { ...(isJsonObject(config.headers) && config.headers), [header]: value };
  }
  const old_secrets: OldSecret[] = [];
  for (const { ends_at, sealed } of parts.old_secrets) {
    const opened = keyring.open(sealed, placeOf(id, 'old_secrets'));
    if (opened.ok) old_secrets.push({ secret: opened.text, ends_at });
    else if (!unreadable.includes('old_secrets')) unreadable.push('old_secrets');
  }
  // Only configs that the contract validated are written.
  return { config: config as Hook['config'], old_secrets, unreadable };
}

function placeOf(hookId: string, field: string): string {
  return `event_hooks/${hookId}/${field}`;
}
