import type { InboundPreset } from '@eventhooks/contract';
import { PRESETS, type Preset } from '@eventhooks/inbound/presets';
import { CodeBlock } from '../ui/code-block.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { DocsLink } from '../ui/docs-link.tsx';
import { nameSender } from './senders.ts';

/** The URL for the sender, and the steps on its side. */
export function SenderSteps({ preset, url }: { preset: InboundPreset | null; url: string }) {
  const { setup }: Preset = PRESETS[preset ?? 'generic'];
  // The secret is shown beside, masked.
  const fill = (text: string): string => text.replaceAll('{url}', url).replaceAll('{secret}', 'SECRET');
  return (
    <section className="card">
      <h2>{preset === null ? 'At the sender' : `At the sender: ${nameSender(preset)}`}</h2>
      <span className="secret">
        <code className="wrap">{url}</code>
        <CopyButton text={url} label="the URL" />
      </span>
      <ol className="numbered">
        {setup.steps.map((step) => (
          <li key={step}>{fill(step)}</li>
        ))}
      </ol>
      {setup.snippet !== undefined && <CodeBlock text={fill(setup.snippet)} label="the sender’s configuration" />}
      <p className="small muted">
        SECRET stands for the endpoint’s secret. If senders reach this installation by another name, such as that of a
        proxy, give them that one. <DocsLink page="inbound-presets">More about each sender</DocsLink>
      </p>
    </section>
  );
}
