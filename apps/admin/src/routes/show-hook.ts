import { type Hook, type PrintedHook, printHook, redactPrintedHook } from '@eventhooks/contract';
import type { Call } from '../http/call.ts';

/** A hook as the caller may see it: only admins see secrets. */
export function showHook(call: Call, hook: Hook): PrintedHook {
  return showPrinted(call, printHook(hook));
}

export function showPrinted({ actor }: Call, printed: Record<string, unknown>): PrintedHook {
  // printHook drops fields by their values, which types cannot follow. Tests compare every answer with its schema.
  return (actor.role === 'admin' ? printed : redactPrintedHook(printed)) as PrintedHook;
}
