import { messageOf } from '@eventhooks/contract';
import { RE2JS } from 're2js';
import { EXPRESSION_BYTES, matchesPerStep, maxPatternInstructions } from './limits.ts';
import type { Meter } from './meter.ts';

/** Compiled patterns that are kept. Most are constants of expressions, and used again for every event. */
const mostKept = 1_000;

/** Why RE2 does not take a regular expression, or null if it does. */
export function findPatternFault(pattern: string): string | null {
  try {
    compile(pattern);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** RE2 needs time linear in the text for every pattern: there is none that explodes. Its size is bounded, too. */
function compile(pattern: string): RE2JS {
  // A pattern may come from the data, and compiling takes time, too.
  if (pattern.length > EXPRESSION_BYTES)
    throw new Error(`regular expression is longer than ${EXPRESSION_BYTES} characters`);
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new Error(`invalid regular expression: ${messageOf(error).replace(/^error parsing regexp: /, '')}`);
  }
  if (compiled.programSize() <= maxPatternInstructions) return compiled;
  throw new Error(`regular expression is too large: more than ${maxPatternInstructions} instructions of RE2`);
}

/** The engine for `matches` that the library asks for. It spends steps by the length of the text and the size of the pattern. */
export function createPatterns(meter: Meter): { compile(pattern: string): { test(text: string): boolean } } {
  const known = new Map<string, RE2JS>();
  const find = (pattern: string): RE2JS => {
    const kept = known.get(pattern);
    if (kept) return kept;
    const compiled = compile(pattern);
    meter.spend(pattern.length + compiled.programSize());
    if (known.size >= mostKept) known.clear();
    known.set(pattern, compiled);
    return compiled;
  };
  return {
    compile(pattern) {
      const compiled = find(pattern);
      return {
        test(text) {
          if (!meter.spend((text.length * compiled.programSize()) / matchesPerStep)) return false;
          return compiled.matcher(text).find();
        },
      };
    },
  };
}
