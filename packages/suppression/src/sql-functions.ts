import { readFileSync } from 'node:fs';

/** The functions of the PostgreSQL backend, by name. The caller of the migration passes them to it. */
export const suppressionFunctions = {
  claim_firings: readStatement('claim-firings.sql'),
  clean_firing_state: readStatement('clean-firing-state.sql'),
} satisfies Record<string, string>;

function readStatement(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
