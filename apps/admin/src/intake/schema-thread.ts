import { parentPort } from 'node:worker_threads';
import { type CompiledSchema, compileDataSchema } from '@eventhooks/contract/data-schema';
import { parseKeepingNumbers } from '@eventhooks/contract/exact-json';
import type { SchemaTask, SchemaTaskResult } from './schema-task.ts';

/** The thread in which users' schemas are compiled and applied. The checker ends it when a task takes too long. */

/** Compiled schemas kept, the least recently used going first: compiling costs up to a thousand checks. */
const maxCompiled = 100;
const compiledSchemas = new Map<string, CompiledSchema>();

function compileOnce(schema: string): CompiledSchema {
  const known = compiledSchemas.get(schema);
  compiledSchemas.delete(schema);
  const compiled = known ?? compileDataSchema(Object(parseKeepingNumbers(schema)));
  compiledSchemas.set(schema, compiled);
  const [oldest] = compiledSchemas.keys();
  if (compiledSchemas.size > maxCompiled && oldest !== undefined) compiledSchemas.delete(oldest);
  return compiled;
}

function run({ schema, documents }: SchemaTask): SchemaTaskResult {
  const compiled = compileOnce(schema);
  return compiled.ok ? { ok: true, faults: documents.map(compiled.check) } : compiled;
}

parentPort?.on('message', (task: SchemaTask) => parentPort?.postMessage(run(task)));
parentPort?.postMessage('ready');
