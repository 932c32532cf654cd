import { parentPort } from 'node:worker_threads';
import { type CompiledSchema, compileDataSchema } from '@eventhooks/contract/data-schema';
import { parseLossless } from '@eventhooks/contract/exact-json';
import type { SchemaTask, SchemaTaskResult } from './schema-task.ts';

/** The thread in which users' schemas are compiled and applied. The checker ends it when a task takes too long. */

/** The compiled schemas that are kept; the least recently used goes first. Compiling costs up to a thousand checks. */
const maxCompiled = 100;
const compiledSchemas = new Map<string, CompiledSchema>();

function compileOnce(schema: string): CompiledSchema {
  const known = compiledSchemas.get(schema);
  compiledSchemas.delete(schema);
  const compiled = known ?? compileDataSchema(Object(parseLossless(schema)));
  compiledSchemas.set(schema, compiled);
  const [oldest] = compiledSchemas.keys();
  if (compiledSchemas.size > maxCompiled && oldest !== undefined) compiledSchemas.delete(oldest);
  return compiled;
}

function run({ schema, documents }: SchemaTask): SchemaTaskResult {
  const startedMs = readCpuMs();
  const compiled = compileOnce(schema);
  const result = compiled.ok ? { ok: true as const, faults: documents.map(compiled.check) } : compiled;
  return { ...result, cpuMs: readCpuMs() - startedMs };
}

/** The CPU time of this thread. Node before 23.9 has only elapsed time, which is more on a busy machine. */
function readCpuMs(): number {
  if (typeof process.threadCpuUsage !== 'function') return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

parentPort?.on('message', (task: SchemaTask) => parentPort?.postMessage(run(task)));
parentPort?.postMessage('ready');
