import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { refresh, useHook } from '../api/queries.ts';
import type { Hook } from '../api/types.ts';
import { bodyOf, changesOf, draftOf, startDraft } from '../hook-form/draft.ts';
import { HookForm } from '../hook-form/hook-form.tsx';
import { type OpenApi, readHandlers } from '../hook-form/schema.ts';
import { useOpenApi } from '../hook-form/use-open-api.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Loaded } from '../ui/states.tsx';
import { say } from '../ui/toasts.tsx';

/** A new hook: first its kind, then its fields. */
export function NewHook() {
  const document = useOpenApi();
  return <Loaded query={document}>{(openApi) => <NewHookForm openApi={openApi} />}</Loaded>;
}

function NewHookForm({ openApi }: { openApi: OpenApi }) {
  const { handler: chosen }: { handler?: string } = useSearch({ strict: false });
  const handlers = readHandlers(openApi);
  const handler = handlers.find(({ name }) => name === chosen);
  const navigate = useNavigate();
  return (
    <>
      <PageHead title="New hook">Which events, and what is done with them.</PageHead>
      <ul className="kinds">
        {handlers.map(({ name, label, description }) => (
          <li key={name}>
            <Link to="/hooks/new" search={{ handler: name }} replace className="kind" aria-current={name === chosen}>
              <strong>{label}</strong>
              <span className="muted">{description}</span>
            </Link>
          </li>
        ))}
      </ul>
      {handler !== undefined && (
        <HookForm
          key={handler.name}
          initial={startDraft(handler)}
          submitLabel="Create the hook"
          onSubmit={async (draft, fields) => {
            const hook = await api<Hook>('POST', '/event-hooks', bodyOf(draft, fields));
            await refresh('/event-hooks');
            say('The hook is there', 'It hears every event from now on.');
            await navigate({ to: '/hooks/$id', params: { id: hook.id } });
          }}
          cancel={
            <Link to="/hooks" className="button button-quiet">
              Cancel
            </Link>
          }
        />
      )}
    </>
  );
}

/** The form for an existing hook. */
export function EditHook() {
  const { id = '' } = useParams({ strict: false });
  const hook = useHook(id);
  return <Loaded query={hook}>{(data) => <EditForm key={data.id} hook={data} />}</Loaded>;
}

function EditForm({ hook }: { hook: Hook }) {
  const navigate = useNavigate();
  const initial = draftOf(hook);
  const params = { id: hook.id };
  return (
    <>
      <PageHead title="Edit the hook">A change holds for every event published after it.</PageHead>
      <HookForm
        initial={initial}
        submitLabel="Save"
        onSubmit={async (draft, fields) => {
          await api('PATCH', `/event-hooks/${hook.id}`, changesOf(initial, draft, fields));
          await refresh('/event-hooks');
          say('The hook is changed');
          await navigate({ to: '/hooks/$id', params });
        }}
        cancel={
          <Link to="/hooks/$id" params={params} className="button button-quiet">
            Cancel
          </Link>
        }
      />
    </>
  );
}
