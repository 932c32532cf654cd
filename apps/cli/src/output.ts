import { styleText } from 'node:util';
import stringWidth from 'string-width';

export type Style = Parameters<typeof styleText>[0];

/** A command's output: results go to standard output, everything else to standard error. */
export interface Output {
  /** Whether results are JSON, for programs. */
  json: boolean;
  /** A result: its JSON, or the lines that `print` makes for people. */
  result(value: unknown, print: () => string): void;
  /** One of many results as they come: a line of JSON, or the text. */
  line(value: unknown, print: () => string): void;
  /** For people, whatever the format of results. */
  note(text: string): void;
  /** Coloured where standard output is a terminal; NO_COLOR and FORCE_COLOR are followed. */
  paint(style: Style, text: string): string;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    result: (value, print) => void process.stdout.write(`${json ? JSON.stringify(value, null, 2) : print()}\n`),
    line: (value, print) => void process.stdout.write(`${json ? JSON.stringify(value) : print()}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    paint: (style, text) => styleText(style, text, { stream: process.stdout }),
  };
}

/** Columns under their names, separated by two spaces. Control characters in values are shown as escapes. */
export function formatTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((name) => name.toUpperCase()), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => stringWidth(line[index] ?? ''))));
  return lines
    .map((line) => line.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - stringWidth(cell))).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Text from outside as one line without control characters, so that data cannot control the terminal. */
export function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are replaced
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, escapeControl);
}

function escapeControl(character: string): string {
  if (character === '\n') return '\\n';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const timeFormat = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

/** A time for people: in this machine's zone and language, to the second. */
export function formatTime(value: unknown): string {
  const time = typeof value === 'number' ? new Date(value * 1000) : new Date(String(value));
  if (value === null || value === undefined || Number.isNaN(time.getTime())) return '';
  return timeFormat.format(time);
}

const timeOfDayFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

export function formatTimeOfDay(time: Date): string {
  return timeOfDayFormat.format(time);
}

const numberFormat = new Intl.NumberFormat();
const plurals = new Intl.PluralRules('en');

export function formatNumber(value: number): string {
  return numberFormat.format(value);
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1.4 MB`: three digits at most, in powers of 1,000. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)), byteUnits.length - 1);
  const value = bytes / 1000 ** power;
  return `${value.toLocaleString(undefined, { maximumSignificantDigits: 3 })} ${byteUnits[power]}`;
}

/** A number with its noun: `1 hook`, `2 hooks`; `many` is for nouns whose plural is not the noun and an s. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${plurals.select(count) === 'one' ? one : many}`;
}

const STATUS_STYLES: Readonly<Record<string, Style>> = {
  succeeded: 'green',
  waiting: 'yellow',
  running: 'yellow',
  exhausted: 'red',
  cancelled: 'gray',
  suppressed: 'gray',
};

export function paintStatus(output: Output, status: unknown): string {
  const text = plain(status);
  return output.paint(STATUS_STYLES[text] ?? 'reset', text);
}
