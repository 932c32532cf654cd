import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useLiveApi } from '../api/queries.ts';
import type { InboundEndpoint, Page } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { DocsLink } from '../ui/docs-link.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';
import { nameSender } from './senders.ts';

/** The endpoints that take webhooks of other senders. */
export function InboundList() {
  const endpoints = useLiveApi<Page<InboundEndpoint>>('/inbound?size=1000');
  const canChange = useCanChange();
  return (
    <>
      <PageHead
        title="Inbound"
        actions={
          canChange && (
            <Link to="/inbound/new" className="button button-primary">
              <Plus aria-hidden="true" /> New endpoint
            </Link>
          )
        }
      >
        Endpoints that take webhooks of other systems, and publish them as events. <DocsLink page="inbound" />
      </PageHead>
      <Loaded query={endpoints}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="No inbound endpoints yet">
              Make one for GitHub, Stripe, Alertmanager or another system, and its webhooks become events here.
            </Empty>
          ) : (
            <EndpointTable endpoints={data} />
          )
        }
      </Loaded>
    </>
  );
}

function EndpointTable({ endpoints }: { endpoints: InboundEndpoint[] }) {
  return (
    <div className="table-frame">
      <table className="table table-rows">
        <thead>
          <tr>
            <th scope="col">Endpoint</th>
            <th scope="col">State</th>
            <th scope="col" className="wide">
              Sender
            </th>
            <th scope="col" className="wide">
              Path
            </th>
          </tr>
        </thead>
        <tbody>
          {endpoints.map(({ id, name, enabled, preset, path }) => (
            <tr key={id} className="row-link">
              <td>
                <Link to="/inbound/$name" params={{ name }} className="row-target">
                  {name}
                </Link>
              </td>
              <td>{enabled ? <Pill tone="ok">Enabled</Pill> : <Pill tone="bad">Disabled</Pill>}</td>
              <td className="wide">
                {preset === null ? <span className="muted">own rules</span> : nameSender(preset)}
              </td>
              <td className="wide">
                <code className="wrap">{path}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
