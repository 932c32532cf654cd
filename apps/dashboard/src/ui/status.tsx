import { Ban, CircleCheck, CirclePause, CircleX, Clock } from 'lucide-react';
import type { Tone } from './notice.tsx';

export const DELIVERY_STATUSES = ['succeeded', 'waiting', 'exhausted', 'suppressed', 'cancelled'] as const;
type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

const LOOKS = {
  succeeded: { label: 'Succeeded', tone: 'ok', icon: CircleCheck },
  waiting: { label: 'Waiting', tone: 'warn', icon: Clock },
  exhausted: { label: 'Exhausted', tone: 'bad', icon: CircleX },
  suppressed: { label: 'Suppressed', tone: 'calm', icon: CirclePause },
  cancelled: { label: 'Cancelled', tone: 'calm', icon: Ban },
} as const satisfies Record<DeliveryStatus, { label: string; tone: Tone; icon: typeof Ban }>;

function looksOf(status: string): (typeof LOOKS)[DeliveryStatus] {
  return Object.hasOwn(LOOKS, status) ? LOOKS[status as DeliveryStatus] : LOOKS.cancelled;
}

export function toneOf(status: string): Tone {
  return looksOf(status).tone;
}

/** The shape that tells a status apart, beside its colour. */
export function StatusIcon({ status }: { status: string }) {
  const { icon: Icon } = looksOf(status);
  return <Icon aria-hidden="true" />;
}

export function labelOf(status: string): string {
  return looksOf(status).label;
}

/** A delivery's status, by word, colour and shape. `detail` is the reason. */
export function StatusPill({ status, detail }: { status: string; detail?: string | null }) {
  const { label, tone, icon: Icon } = looksOf(status);
  return (
    <span className={`pill tone-${tone}`}>
      <Icon aria-hidden="true" />
      {label}
      {detail && <span className="pill-detail">{detail}</span>}
    </span>
  );
}

export function Pill({ tone, children }: { tone: Tone; children: string }) {
  return <span className={`pill tone-${tone}`}>{children}</span>;
}
