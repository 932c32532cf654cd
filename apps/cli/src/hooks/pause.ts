import type { Session } from '../session.ts';
import { findHooks, labelOf } from './find-hook.ts';

export function pauseHooks(session: Session, _options: object, operands: string[]): Promise<void> {
  return setPaused(session, operands, true);
}

export function resumeHooks(session: Session, _options: object, operands: string[]): Promise<void> {
  return setPaused(session, operands, false);
}

async function setPaused({ api, output }: Session, operands: readonly string[], paused: boolean): Promise<void> {
  const hooks = await findHooks(api, operands);
  for (const { id } of hooks) await api.call('PATCH /event-hooks/{id}', { params: { id }, body: { paused } });
  output.result({ [paused ? 'paused' : 'resumed']: hooks.map(({ id }) => id) }, () =>
    hooks
      .map((hook) =>
        paused
          ? `Paused ${labelOf(hook)}: what fires waits until it is resumed`
          : `Resumed ${labelOf(hook)}: what waited goes out, oldest first`,
      )
      .join('\n'),
  );
}
