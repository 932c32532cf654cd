import { useMutation } from '@tanstack/react-query';
import { Pause, Play, Power, PowerOff } from 'lucide-react';
import { api } from '../api/client.ts';
import { nameHook, refresh } from '../api/queries.ts';
import type { Hook } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { say, sayFailure } from '../ui/toasts.tsx';
import { nameEvents } from './describe-events.ts';

interface Switch {
  change: Pick<Hook, 'enabled' | 'paused'>;
  label: string;
  icon: typeof Pause;
  done: (hook: Hook) => readonly [title: string, text: string];
}

const SWITCHES = {
  pause: {
    change: { paused: true },
    label: 'Pause',
    icon: Pause,
    done: () => ['The hook is paused', 'Its deliveries wait until you resume it. Nothing is lost.'],
  },
  resume: {
    change: { paused: false },
    label: 'Resume',
    icon: Play,
    done: () => ['The hook is resumed', 'The deliveries that waited are sent, oldest first.'],
  },
  enable: {
    change: { enabled: true },
    label: 'Enable',
    icon: Power,
    done: (hook) => [
      'The hook is enabled',
      `From now on it hears ${nameEvents(hook)}. Its page offers to deliver what it missed.`,
    ],
  },
  disable: {
    change: { enabled: false },
    label: 'Disable',
    icon: PowerOff,
    done: () => [
      'The hook is disabled',
      'The deliveries that waited are cancelled. Enable it, and its page offers to deliver them after all.',
    ],
  },
} as const satisfies Record<string, Switch>;

/** The switches that a hook's state offers. */
export function switchesOf({ enabled, paused }: Hook): (keyof typeof SWITCHES)[] {
  if (enabled === false) return ['enable'];
  return [paused === true ? 'resume' : 'pause', 'disable'];
}

/** Changes a hook's state with one click, and says what that means. */
export function HookSwitch({
  hook,
  to,
  kind,
  isIcon = false,
}: {
  hook: Hook;
  to: keyof typeof SWITCHES;
  kind?: 'primary';
  /** In a row of a table: only the icon is seen. */
  isIcon?: boolean;
}) {
  const { change, label, icon: Icon, done } = SWITCHES[to];
  const toggle = useMutation({
    mutationFn: () => api<Hook>('PATCH', `/event-hooks/${hook.id}`, change),
    onSuccess: async (changed) => {
      say(...done(changed));
      await refresh('/event-hooks', '/stats', '/audit');
    },
    onError: (error) => sayFailure('The hook was not changed', error),
  });
  if (isIcon) {
    return (
      <button
        type="button"
        className="icon-button"
        title={label}
        disabled={toggle.isPending}
        onClick={() => toggle.mutate()}
      >
        <Icon aria-hidden="true" />
        <span className="visually-hidden">
          {label} {nameHook(hook, hook.id)}
        </span>
      </button>
    );
  }
  return (
    <Button kind={kind} isBusy={toggle.isPending} onClick={() => toggle.mutate()}>
      <Icon aria-hidden="true" /> {label}
    </Button>
  );
}
