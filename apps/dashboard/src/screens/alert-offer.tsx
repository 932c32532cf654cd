import { Link } from '@tanstack/react-router';
import { BellPlus } from 'lucide-react';
import type { Hook } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';

/** Offers a hook that tells people when a hook fails, as long as there is none. */
export function AlertOffer({ hooks }: { hooks: Hook[] }) {
  const hasAlert = hooks.some(({ source }) => source === 'eventhooks');
  if (!useCanChange() || hooks.length === 0 || hasAlert) return null;
  return (
    <p className="alert-offer">
      <AlertLink hookId={undefined} />
      <span className="muted small">Nobody is told yet when a hook fails or is disabled.</span>
    </p>
  );
}

/** The form of a hook on our own events, with a message for people filled in. */
export function AlertLink({ hookId }: { hookId: string | undefined }) {
  return (
    <Link
      to="/hooks/new"
      search={{ handler: 'webhook-custom', source: 'eventhooks', template: 'slack', about: hookId }}
      className="button button-plain"
    >
      <BellPlus aria-hidden="true" /> {hookId === undefined ? 'Tell me when a hook fails' : 'Tell me when it fails'}
    </Link>
  );
}
