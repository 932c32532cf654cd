import { readFile } from 'node:fs/promises';
import { settingNames } from '@eventhooks/config';

test('every variable of the environment is in the table of docs/configuration.md, and no other', async () => {
  const page = await readFile(new URL('../docs/configuration.md', import.meta.url), 'utf8');
  const firstCells = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell = '']) => cell);
  const listed = firstCells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
  // The command alone reads these, or they name files, which the page explains below its table.
  const ofCommand = ['EVENTHOOKS_URL', 'EVENTHOOKS_TOKEN', 'EVENTHOOKS_WORKSPACE', 'EVENTHOOKS_PROFILE'];
  const ofFiles = (name: string) => name.endsWith('_FILE') && settingNames.includes(name.slice(0, -'_FILE'.length));
  expect(listed.sort()).toEqual([...settingNames.filter((name) => !ofFiles(name)), ...ofCommand].sort());
});
