import { CircleAlert, CircleCheck, CircleX, Info } from 'lucide-react';
import type { ReactNode } from 'react';

export type Tone = 'ok' | 'bad' | 'warn' | 'calm';

const ICONS = { ok: CircleCheck, bad: CircleX, warn: CircleAlert, calm: Info } as const satisfies Record<
  Tone,
  typeof Info
>;

/** A message to read before everything else. `actions` come at its end. */
export function Notice({
  tone,
  title,
  children,
  actions,
}: {
  tone: Tone;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const Icon = ICONS[tone];
  return (
    <div className={`notice tone-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon className="notice-icon" aria-hidden="true" />
      <div className="notice-text">
        {title !== undefined && <strong>{title}</strong>}
        {children !== undefined && <div>{children}</div>}
      </div>
      {actions !== undefined && <div className="notice-actions">{actions}</div>}
    </div>
  );
}
