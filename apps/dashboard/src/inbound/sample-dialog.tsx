import { PRESETS, type Preset } from '@eventhooks/inbound/presets';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Zap } from 'lucide-react';
import { useState } from 'react';
import { api, apiUrl } from '../api/client.ts';
import { refresh } from '../api/queries.ts';
import type { InboundEndpoint, InboundRejection } from '../api/types.ts';
import { CodeEditor } from '../editor/code-editor.tsx';
import { Labelled } from '../hook-form/labelled.tsx';
import { Arrived } from '../ui/arrived.tsx';
import { Button } from '../ui/button.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { adviseOnRejection } from './advise-on-rejection.ts';
import { canSign, signSample } from './sign-sample.ts';

/** Sends a request as the sender would, signed here in the browser. */
export function SampleDialog({ endpoint }: { endpoint: InboundEndpoint }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        <Zap aria-hidden="true" /> Send a sample
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title="Send a sample" isWide>
        <SampleForm endpoint={endpoint} />
      </Modal>
    </>
  );
}

interface Sent {
  status: number;
  body: string;
  /** The reason that the sender does not hear. */
  reason: string | null;
}

function SampleForm({ endpoint }: { endpoint: InboundEndpoint }) {
  const { name, enabled, preset, verify } = endpoint;
  const samples: Preset['samples'] = PRESETS[preset ?? 'generic'].samples;
  const [chosen, setChosen] = useState(Object.keys(samples)[0] ?? '');
  const [text, setText] = useState(() => printBody(samples[chosen]?.body));
  const [secret, setSecret] = useState(verify.secrets?.[0] ?? '');
  const send = useMutation({
    mutationFn: () => sendSample(endpoint, secret, text, samples[chosen]),
    onSuccess: () => refresh('/inbound', '/events'),
  });
  if (!canSign && verify.scheme !== 'token' && verify.scheme !== 'none') {
    return (
      <>
        <p>This page was not loaded by HTTPS, so the browser cannot sign. The command line can:</p>
        <CodeBlock text={`npx eventhooks inbound test ${name} --sample ${chosen}`} label="the command" />
      </>
    );
  }
  return (
    <div className="stack">
      <p className="muted">
        Posts to the endpoint as the sender would, with a signature made in the browser. An accepted sample becomes an
        event like any other, and goes to its hooks.
      </p>
      {!enabled && <Notice tone="warn" title="The endpoint is disabled: the answer will be 404" />}
      {Object.keys(samples).length > 1 && (
        <Labelled label="Sample">
          {(ids) => (
            <select
              {...ids}
              value={chosen}
              onChange={({ target }) => {
                setChosen(target.value);
                setText(printBody(samples[target.value]?.body));
              }}
            >
              {Object.keys(samples).map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )}
        </Labelled>
      )}
      <CodeEditor label="Body" language="json" value={text} onChange={setText} />
      {verify.scheme !== 'none' && (
        <Labelled label="Secret" description="It signs the sample, and is not kept. Try a wrong one, too.">
          {(ids) => (
            <input
              {...ids}
              type="password"
              autoComplete="off"
              value={secret}
              onChange={({ target }) => setSecret(target.value)}
            />
          )}
        </Labelled>
      )}
      <div>
        <Button kind="primary" isBusy={send.isPending} onClick={() => send.mutate()}>
          Send it
        </Button>
      </div>
      {send.isError && (
        <Arrived>
          <Notice tone="bad" title="It was not sent">
            {send.error.message}
          </Notice>
        </Arrived>
      )}
      {send.data !== undefined && <Answer sent={send.data} />}
    </div>
  );
}

function Answer({ sent: { status, body, reason } }: { sent: Sent }) {
  const ids = status < 300 ? readIds(body) : [];
  const isDuplicate = status === 200 && ids.length > 0;
  const advice = reason === null ? null : adviseOnRejection(status, reason);
  return (
    <Arrived>
      <Notice
        tone={status < 300 ? 'ok' : 'bad'}
        title={status < 300 ? `It was accepted, with ${status}` : `It was refused, with ${status}`}
      >
        {isDuplicate && <p>It is a repeat: there was an event with this id already, and no second one was made.</p>}
        {reason !== null && <p>{reason.replace(/^\w/, (first) => first.toUpperCase())}.</p>}
        {advice !== null && <p>{advice}</p>}
      </Notice>
      {ids.map((id) => (
        <p key={id}>
          <Link to="/events/$id" params={{ id }}>
            See what became of the event
          </Link>
        </p>
      ))}
      <CodeBlock text={body} label="the answer" />
    </Arrived>
  );
}

function printBody(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body ?? {}, null, 2);
}

async function sendSample(
  { name, verify }: InboundEndpoint,
  secret: string,
  body: string,
  sample: Preset['samples'][string] | undefined,
): Promise<Sent> {
  const signed = await signSample(verify, secret, body, { nowMs: Date.now(), id: `msg_${crypto.randomUUID()}` });
  const headers = { 'content-type': 'application/json', ...freshen(sample), ...signed };
  const response = await fetch(apiUrl(`/in/${name}`), { method: 'POST', headers, body, credentials: 'omit' });
  const answer = { status: response.status, body: await response.text() };
  if (response.ok) return { ...answer, reason: null };
  const { data } = await api<{ data: InboundRejection[] }>('GET', `/inbound/${name}/rejections`);
  return { ...answer, reason: data[0]?.status === response.status ? data[0].reason : null };
}

/** The sample's headers; an id of a delivery among them is made anew, so that the sample is no repeat. */
function freshen(sample: Preset['samples'][string] | undefined): Record<string, string> {
  const ids = new Set(sample?.events.map(({ id }) => id));
  return Object.fromEntries(
    Object.entries(sample?.headers ?? {}).map(([name, value]) => [name, ids.has(value) ? crypto.randomUUID() : value]),
  );
}

function readIds(body: string): string[] {
  try {
    const answer: { id?: string; data?: { id: string }[] } = JSON.parse(body);
    return answer.data?.map(({ id }) => id) ?? (answer.id === undefined ? [] : [answer.id]);
  } catch {
    return [];
  }
}
