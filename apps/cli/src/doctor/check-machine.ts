import type { Finding } from './finding.ts';

export function checkNode(): Finding {
  return { level: 'ok', what: `Node ${process.versions.node}` };
}

/** Checks the server's settings, where any of them is set in this environment: faults would stop its next start. */
export async function checkEnvironment(): Promise<Finding[]> {
  const names = Object.keys(process.env).filter((name) => name.startsWith('EVENTHOOKS_'));
  if (names.length === 0) return [];
  const { readSettings, SettingsError } = await import('@eventhooks/config');
  try {
    readSettings(process.env);
    return [{ level: 'ok', what: `The environment here is usable (${names.sort().join(', ')})` }];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return [{ level: 'fault', what: error.message, advice: 'docs/configuration.md says what each may be.' }];
  }
}
