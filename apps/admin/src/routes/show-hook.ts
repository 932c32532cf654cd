import { type Hook, type PrintedHook, printHook, redactPrintedHook } from '@eventhooks/contract';
import { findFilterWarnings } from '../hooks/filter-warnings.ts';
import type { Call } from '../http/call.ts';

/** A hook as the caller may see it: only admins see secrets. */
export function showHook(call: Call, hook: Hook): PrintedHook {
  return showPrinted(call, printHook(hook));
}

/** The hook as it was written, with what is odd about it though not wrong. */
export function showWrittenHook(call: Call, hook: Hook): PrintedHook {
  const warnings = findFilterWarnings(call.context, hook);
  return { ...showHook(call, hook), ...(warnings.length > 0 && { warnings }) };
}

export function showPrinted({ actor }: Call, printed: Record<string, unknown>): PrintedHook {
  // printHook drops fields by their values, which types cannot follow. Tests compare every answer with its schema.
  return (actor.role === 'admin' ? printed : redactPrintedHook(printed)) as PrintedHook;
}
