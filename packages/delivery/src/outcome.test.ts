import { readFileSync } from 'node:fs';
import { failureKinds } from './outcome.ts';

test('docs/outcomes.md says of every kind of failure what the table says', () => {
  const text = readFileSync(new URL('../../../docs/outcomes.md', import.meta.url), 'utf8');
  const documented = text.split('\n').filter((line) => line.startsWith('| `'));
  const said = (does: boolean) => (does ? 'yes' : 'no');
  expect(documented).toEqual(
    Object.entries(failureKinds).map(
      ([kind, { description, retry, breaker }]) =>
        `| \`${kind}\` | ${description} | ${said(retry)} | ${said(breaker)} |`,
    ),
  );
});
