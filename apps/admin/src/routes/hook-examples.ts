import {
  BUILTIN_SOURCES,
  buildViolation,
  definitionOf,
  HANDLERS,
  type Handler,
  type JsonValue,
  printHook,
  validateHook,
} from '@eventhooks/contract';

/** The requests of the reference's examples, by handler. */
export const HOOK_REQUEST_EXAMPLES = byHandler(requestOf);

/** The answers to them. */
export const HOOK_EXAMPLES = byHandler(answerOf);

function byHandler<T>(make: (handler: Handler) => T): Record<string, T> {
  return Object.fromEntries(HANDLERS.map((handler) => [handler, make(handler)]));
}

function requestOf(handler: Handler): Record<string, JsonValue> {
  const { source, event, config } = definitionOf(handler).example;
  return { source, event, handler, ...(Object.keys(config).length > 0 && { config }) };
}

/** Made by the code that answers requests, so that the document cannot promise anything else. */
function answerOf(handler: Handler): Record<string, unknown> {
  const { id, created_at: now } = definitionOf(handler).example;
  const result = validateHook(requestOf(handler), {
    mode: 'create',
    workspace: 'default',
    newId: id,
    now,
    catalogue: BUILTIN_SOURCES,
    sslVerifyDefault: false,
  });
  if (!result.ok) throw new Error(`the example of ${handler}: ${buildViolation(result.faults).message}`);
  return printHook(result.hook);
}
