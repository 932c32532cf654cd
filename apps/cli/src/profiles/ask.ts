import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks on the terminal for a line of text. An empty line is `byDefault`. */
export async function ask(question: string, byDefault: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await reader.question(`${question}${byDefault === '' ? '' : ` [${byDefault}]`}: `)).trim() || byDefault;
  } finally {
    reader.close();
  }
}

/** Asks for a line that the terminal does not show. */
export async function askHidden(question: string): Promise<string> {
  process.stderr.write(`${question}: `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return (await reader.question('')).trim();
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
