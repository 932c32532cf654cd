import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Pencil } from 'lucide-react';
import { api, apiUrl } from '../api/client.ts';
import { refresh, useApi } from '../api/queries.ts';
import type { InboundEndpoint } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { ConfirmButton } from '../ui/confirm.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { SecretValue } from '../ui/secret-value.tsx';
import { Loaded } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';
import { say } from '../ui/toasts.tsx';
import { InboundRequests } from './inbound-requests.tsx';
import { InboundSwitch } from './inbound-switch.tsx';
import { SampleDialog } from './sample-dialog.tsx';
import { SenderSteps } from './sender-steps-card.tsx';
import { nameSender } from './senders.ts';

/** One endpoint: its latest requests, what the sender needs, and its rules. */
export function InboundScreen() {
  const { name = '' } = useParams({ strict: false });
  const endpoint = useApi<InboundEndpoint>(`/inbound/${name}`);
  return <Loaded query={endpoint}>{(data) => <InboundView key={data.id} endpoint={data} />}</Loaded>;
}

function InboundView({ endpoint }: { endpoint: InboundEndpoint }) {
  const { name, enabled, preset } = endpoint;
  return (
    <>
      <PageHead title={name} actions={<Actions endpoint={endpoint} />}>
        {enabled ? <Pill tone="ok">Enabled</Pill> : <Pill tone="bad">Disabled</Pill>}{' '}
        {preset === null ? 'with rules of its own' : nameSender(preset)}
      </PageHead>
      <div className="split">
        <InboundRequests endpoint={endpoint} />
        <aside className="stack">
          <SenderSteps preset={preset} url={new URL(apiUrl(`/in/${name}`), location.origin).href} />
          <Secrets endpoint={endpoint} />
          <Rules endpoint={endpoint} />
        </aside>
      </div>
    </>
  );
}

function Actions({ endpoint }: { endpoint: InboundEndpoint }) {
  const navigate = useNavigate();
  const { name } = endpoint;
  if (!useCanChange()) return null;
  return (
    <>
      <ConfirmButton
        label="Delete"
        title={`Delete the endpoint ${name}?`}
        confirm="Delete the endpoint"
        onConfirm={async () => {
          await api('DELETE', `/inbound/${name}`);
          await refresh('/inbound?');
          say('The endpoint is deleted');
          await navigate({ to: '/inbound' });
        }}
      >
        Its sender gets 404 from then on. The events that it published stay.
      </ConfirmButton>
      <InboundSwitch endpoint={endpoint} />
      <Link to="/inbound/$name/edit" params={{ name }} className="button button-plain">
        <Pencil aria-hidden="true" /> Edit
      </Link>
      <SampleDialog endpoint={endpoint} />
    </>
  );
}

function Secrets({ endpoint: { verify } }: { endpoint: InboundEndpoint }) {
  const secrets = verify.secrets ?? [];
  return (
    <section className="card">
      <h2>{secrets.length > 1 ? 'Secrets' : 'Secret'}</h2>
      {secrets.length === 0 && <p className="muted">None: every request is taken as the sender’s.</p>}
      {secrets.map((secret, index) => (
        <SecretValue key={secret ?? index} secret={secret} />
      ))}
    </section>
  );
}

/** The verification and the mapping, with the preset's values in the gaps. */
function Rules({ endpoint: { verify, map, respond } }: { endpoint: InboundEndpoint }) {
  const { secrets: _secrets, ...shown } = verify;
  const verification = Object.entries(shown).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  );
  const mapping = Object.entries(map).filter(([, value]) => value);
  return (
    <section className="card">
      <h2>Rules</h2>
      <h3>Verification</h3>
      <Facts facts={verification} />
      <h3>Mapping</h3>
      <Facts facts={mapping} />
      {respond !== null && (
        <>
          <h3>Challenge</h3>
          <Facts facts={[['answers', respond.challenge]]} />
        </>
      )}
    </section>
  );
}

function Facts({ facts }: { facts: readonly [string, unknown][] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <code className="wrap">{String(value)}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
}
