import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { refresh, useApi } from '../api/queries.ts';
import type { InboundEndpoint } from '../api/types.ts';
import { readFields } from '../hook-form/schema.ts';
import { useOpenApi } from '../hook-form/use-open-api.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Loaded } from '../ui/states.tsx';
import { say } from '../ui/toasts.tsx';
import { valuesOf } from './inbound-draft.ts';
import { InboundForm } from './inbound-form.tsx';

const schemaName = 'InboundEndpointInput';

/** A new endpoint. */
export function NewInbound() {
  const document = useOpenApi();
  const navigate = useNavigate();
  return (
    <>
      <PageHead title="New inbound endpoint">An address that takes the webhooks of another system.</PageHead>
      <Loaded query={document}>
        {(openApi) => (
          <InboundForm
            fields={readFields(openApi, schemaName)}
            initial={{ name: 'github', preset: 'github' }}
            isNew
            submitLabel="Create the endpoint"
            onSubmit={async (body) => {
              const { name } = await api<InboundEndpoint>('POST', '/inbound', body);
              await refresh('/inbound');
              say('The endpoint is created', 'Now give its URL and its secret to the sender.');
              await navigate({ to: '/inbound/$name', params: { name } });
            }}
            cancel={
              <Link to="/inbound" className="button button-quiet">
                Cancel
              </Link>
            }
          />
        )}
      </Loaded>
    </>
  );
}

/** The form of an existing endpoint. */
export function EditInbound() {
  const { name = '' } = useParams({ strict: false });
  const document = useOpenApi();
  const endpoint = useApi<InboundEndpoint>(`/inbound/${name}`);
  const navigate = useNavigate();
  return (
    <>
      <PageHead title={`Edit ${name}`}>A change applies to every request after it.</PageHead>
      <Loaded query={document}>
        {(openApi) => (
          <Loaded query={endpoint}>
            {({ id: _id, path: _path, created_at: _made, updated_at: _changed, ...given }) => (
              <InboundForm
                fields={readFields(openApi, schemaName)}
                initial={valuesOf(given)}
                submitLabel="Save"
                onSubmit={async (body) => {
                  await api('PATCH', `/inbound/${name}`, body);
                  await refresh('/inbound');
                  say('The endpoint is changed');
                  await navigate({ to: '/inbound/$name', params: { name } });
                }}
                cancel={
                  <Link to="/inbound/$name" params={{ name }} className="button button-quiet">
                    Cancel
                  </Link>
                }
              />
            )}
          </Loaded>
        )}
      </Loaded>
    </>
  );
}
