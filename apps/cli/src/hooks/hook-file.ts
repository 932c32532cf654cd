import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { createObject, ExactNumber } from '@eventhooks/contract/exact-json';
import { messageOf } from '@eventhooks/contract/message-of';
import { decodeUtf8 } from '@eventhooks/contract/utf8';
import { type Document, parseAllDocuments, type ScalarTag, visit } from 'yaml';
import { isRecord } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import type { DeclaredInbound } from '../inbound/plan-inbound.ts';
import { readText } from '../read-input.ts';

/** The content of files: hooks by name or id, the user's events that they need, and inbound endpoints by name. */
export interface Declaration {
  hooks: DeclaredHook[];
  sources: DeclaredSource[];
  inbound: DeclaredInbound[];
}

export interface DeclaredHook {
  /** Its label for people: its name, or else its id. */
  label: string;
  file: string;
  body: Record<string, unknown>;
}

export interface DeclaredSource {
  source: string;
  event: string;
  body: Record<string, unknown>;
}

const EXTENSIONS = ['.yaml', '.yml', '.json'];

/** Reads files and the files of directories. @throws {CommandFailure} with the faults of all files. */
export async function readDeclaration(paths: readonly string[]): Promise<Declaration> {
  const declaration: Declaration = { hooks: [], sources: [], inbound: [] };
  const faults: string[] = [];
  for (const file of (await Promise.all(paths.map(listFiles))).flat()) await readFileInto(declaration, file, faults);
  faults.push(...findRepeated(declaration.hooks), ...findRepeated(declaration.inbound));
  if (faults.length > 0) throw new CommandFailure(EXIT.usage, faults.join('\n  '));
  return declaration;
}

function findRepeated(declared: readonly { label: string; file: string }[]): string[] {
  const seen = new Set<string>();
  return declared.flatMap(({ label, file }) => {
    const isRepeated = seen.has(label);
    seen.add(label);
    return isRepeated ? [`${file}: '${label}' is declared twice`] : [];
  });
}

async function listFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => null);
  if (info === null) throw new CommandFailure(EXIT.usage, `${path}: no such file`);
  if (!info.isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => EXTENSIONS.includes(extname(name)))
    .sort()
    .map((name) => join(path, name));
}

async function readFileInto(declaration: Declaration, file: string, faults: string[]): Promise<void> {
  const text = await readText(file);
  // JSON is YAML, too.
  for (const document of parseAllDocuments(text, { customTags: customTags(dirname(file)) })) {
    const { errors } = document;
    if (errors.length > 0) faults.push(...errors.map(({ message }) => `${file}: ${message}`));
    else collect(declaration, file, readValues(document), faults);
  }
}

/** A document's values without loss, as `parseLossless` gives those of JSON: payloads are sent as they are written. */
function readValues(document: Document): unknown {
  visit(document, {
    Scalar(key, scalar) {
      const { value, source = '' } = scalar;
      if (key !== 'key' && typeof value === 'number' && String(value) !== source && isJsonNumber(source)) {
        scalar.value = new ExactNumber(source);
      }
    },
  });
  return toObjects(document.toJS({ mapAsMap: true }));
}

/** YAML has other spellings of numbers, too. */
function isJsonNumber(text: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
}

function toObjects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toObjects);
  if (!(value instanceof Map)) return value;
  return createObject([...value].map(([key, item]) => [String(key), toObjects(item)]));
}

function collect(declaration: Declaration, file: string, document: unknown, faults: string[]): void {
  if (document === null) return;
  const {
    hooks = [],
    sources = {},
    inbound = [],
    ...rest
  } = Array.isArray(document) ? { hooks: document } : toRecord(document);
  const unknown = Object.keys(rest);
  if (unknown.length > 0)
    faults.push(`${file}: unknown field ${unknown.join(', ')}; expected hooks, sources and inbound`);
  if (!Array.isArray(hooks)) faults.push(`${file}: hooks: expected a list`);
  for (const [index, body] of (Array.isArray(hooks) ? hooks : []).entries()) {
    const label = isRecord(body) ? (body.name ?? body.id) : undefined;
    if (isRecord(body) && typeof label === 'string') declaration.hooks.push({ label, file, body });
    else faults.push(`${file}: hooks[${index}]: needs a name or an id, by which it is found again`);
  }
  if (!Array.isArray(inbound)) faults.push(`${file}: inbound: expected a list`);
  for (const [index, body] of (Array.isArray(inbound) ? inbound : []).entries()) {
    const label = isRecord(body) ? body.name : undefined;
    if (isRecord(body) && typeof label === 'string') declaration.inbound.push({ label, file, body });
    else faults.push(`${file}: inbound[${index}]: needs a name, by which it is found again`);
  }
  for (const [source, events] of Object.entries(toRecord(sources))) {
    for (const [event, body] of Object.entries(toRecord(events))) {
      declaration.sources.push({ source, event, body: toRecord(body) });
    }
  }
}

function toRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

/** `!env NAME` is a variable's value, so that secrets stay out of the file; `!file path` is the text of a file, relative to this one. */
function customTags(dir: string): ScalarTag[] {
  return [
    {
      tag: '!env',
      resolve(name, onError) {
        const value = process.env[name];
        if (value === undefined) onError(`the variable ${name} is not set`);
        return value ?? '';
      },
    },
    {
      tag: '!file',
      resolve(path, onError) {
        try {
          const text = decodeUtf8(readFileSync(resolve(dir, path)));
          if (text === null) onError(`${path}: not UTF-8`);
          return text ?? '';
        } catch (error) {
          onError(messageOf(error));
          return '';
        }
      },
    },
  ];
}
