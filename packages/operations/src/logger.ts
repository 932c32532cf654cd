import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

const secretNames = ['secret', 'token', 'password', 'authorization', 'cookie', 'client_key', 'headers'];

/** The paths of secrets in logged objects; their values are replaced at every level. An event's `data` is logged as it is. */
const secretPaths = ['', 'config.', 'hook.config.', 'request.'].flatMap((parent) =>
  secretNames.map((name) => parent + name),
);

/**
 * A logger of JSON lines on standard output (pino).
 *
 * @param level `trace` … `fatal`, or `silent`.
 */
export function createLogger(options: { service: string; level: string }): Logger {
  return pino({
    name: options.service,
    level: options.level,
    base: { service: options.service, pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[redacted]' },
  });
}

/** One line, at the start, of a process that has no session to hear of changes in. */
export function warnOfPolling(logger: Logger): void {
  const error =
    'DATABASE_URL leads to a pooler that keeps no session for a connection, and DATABASE_DIRECT_URL is not set. Changes are looked for once per second, and live views follow every 3 s.';
  logger.warn({ error }, 'listener.polling');
}

/** One line for all of them, at the start: a wrong key concerns every hook with secrets. */
export function warnOfUnreadableHooks(logger: Logger, hooks: number): void {
  if (hooks === 0) return;
  const error = `No key in EVENTHOOKS_SECRET_KEYS opens the secrets of ${hooks} hooks. Their deliveries fail until it is given.`;
  logger.warn({ hooks, error }, 'secrets.unreadable');
}
