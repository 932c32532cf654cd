import { useMutation } from '@tanstack/react-query';
import { Power, PowerOff } from 'lucide-react';
import { api } from '../api/client.ts';
import { refresh } from '../api/queries.ts';
import type { InboundEndpoint } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { say, sayFailure } from '../ui/toasts.tsx';

/** Enables or disables an endpoint with one click. */
export function InboundSwitch({ endpoint: { name, enabled } }: { endpoint: InboundEndpoint }) {
  const toggle = useMutation({
    mutationFn: () => api('PATCH', `/inbound/${name}`, { enabled: !enabled }),
    onSuccess: async () => {
      if (enabled) say('The endpoint is disabled', 'Its sender gets 404 until it is enabled again.');
      else say('The endpoint is enabled');
      await refresh('/inbound');
    },
    onError: (error) => sayFailure('The endpoint was not changed', error),
  });
  const Icon = enabled ? PowerOff : Power;
  return (
    <Button isBusy={toggle.isPending} onClick={() => toggle.mutate()}>
      <Icon aria-hidden="true" /> {enabled ? 'Disable' : 'Enable'}
    </Button>
  );
}
