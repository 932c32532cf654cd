import { ApiFailure, api } from '../api/client.ts';
import type { Hook } from '../api/types.ts';
import { say, sayFailure, warn } from '../ui/toasts.tsx';

/** Whether the hook has a receiver that can be pinged. */
export function canPing({ config }: Hook): boolean {
  return typeof config.url === 'string';
}

/** Pings a hook's receiver, and says what it answered. */
export async function pingAndSay(id: string): Promise<void> {
  try {
    await api('GET', `/event-hooks/${id}/ping`);
    say('The receiver answered the ping');
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 502) {
      warn('The ping failed', `${error.message.replace(/^\w/, (first) => first.toUpperCase())}.`);
    } else sayFailure('The ping was not sent', error);
  }
}
