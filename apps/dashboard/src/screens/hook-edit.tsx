import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { nameHook, refresh, useHook } from '../api/queries.ts';
import type { Hook } from '../api/types.ts';
import { bodyOf, changesOf, type Draft, draftOf, startDraft } from '../hook-form/draft.ts';
import { HookForm } from '../hook-form/hook-form.tsx';
import { type HandlerSpec, type OpenApi, readHandlers } from '../hook-form/schema.ts';
import { useOpenApi } from '../hook-form/use-open-api.ts';
import { useCanChange } from '../session/session.tsx';
import { DocsLink } from '../ui/docs-link.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Loaded } from '../ui/states.tsx';
import { say, warn } from '../ui/toasts.tsx';
import { describeEvents } from './describe-events.ts';
import { HookSettings } from './hook-settings.tsx';
import { canPing, pingAndSay } from './ping.ts';
import type { NewHookSearch } from './search.ts';

/** A new hook: first its kind, then its fields. */
export function NewHook() {
  const document = useOpenApi();
  const canChange = useCanChange();
  if (!canChange) {
    return (
      <>
        <PageHead title="New hook" />
        <ReadOnly />
      </>
    );
  }
  return <Loaded query={document}>{(openApi) => <NewHookForm openApi={openApi} />}</Loaded>;
}

function NewHookForm({ openApi }: { openApi: OpenApi }) {
  const { handler: chosen, source, template, about }: NewHookSearch = useSearch({ strict: false });
  const handlers = readHandlers(openApi);
  const handler = handlers.find(({ name }) => name === chosen);
  const navigate = useNavigate();
  return (
    <>
      <PageHead title="New hook">
        Choose the events, and what is done with them. <DocsLink page="handlers" />
      </PageHead>
      <ul className="kinds">
        {handlers.map(({ name, label, description }) => (
          <li key={name}>
            <Link to="/hooks/new" search={{ handler: name }} replace className="kind">
              <strong>{label}</strong>
              <span className="muted">{description}</span>
            </Link>
          </li>
        ))}
      </ul>
      {handler !== undefined && (
        <HookForm
          key={`${handler.name} ${source} ${template} ${about}`}
          initial={beginDraft(handler, source, about)}
          template={template}
          isNew
          submitLabel="Create the hook"
          onSubmit={async (draft, fields) => {
            const hook = await api<Hook>('POST', '/event-hooks?ping=false', bodyOf(draft, fields));
            await refresh('/event-hooks');
            say('The hook is created', `From now on it hears ${describeEvents(hook)}.`);
            warnOfFilter(hook);
            if (canPing(hook)) void pingAndSay(hook.id);
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

/** Says what the API noticed about a filter that it took. */
function warnOfFilter({ warnings = [] }: Hook): void {
  if (warnings.length > 0) warn('The filter may not say what you mean', warnings.join('; '));
}

/** The draft of a new hook; of one that tells people about another, if `about` names it. */
function beginDraft(handler: HandlerSpec, source: string | undefined, about: string | undefined): Draft {
  const draft = startDraft(handler);
  if (source === undefined) return draft;
  const isFiltered = about !== undefined && handler.fields.some(({ path }) => path === 'filter');
  const values = {
    ...draft.values,
    ...(source === 'eventhooks' && { name: 'Alerts' }),
    ...(isFiltered && { filter: `data.hook_id == ${JSON.stringify(about)}` }),
  };
  return { ...draft, source, event: '', values };
}

/** The form for an existing hook. */
export function EditHook() {
  const { id = '' } = useParams({ strict: false });
  const hook = useHook(id);
  const canChange = useCanChange();
  return (
    <Loaded query={hook}>
      {(data) => (canChange ? <EditForm key={data.id} hook={data} /> : <ReadOnlyHook hook={data} />)}
    </Loaded>
  );
}

function ReadOnly() {
  return (
    <Notice tone="calm" title="Your token may look, but not change anything">
      Ask for a token with the role admin to make or change hooks.
    </Notice>
  );
}

/** The page of the form for those who may not change the hook: its settings, to read. */
function ReadOnlyHook({ hook }: { hook: Hook }) {
  return (
    <>
      <PageHead title={nameHook(hook, hook.id)}>
        {hook.handler}, for {describeEvents(hook)}
      </PageHead>
      <ReadOnly />
      <HookSettings hook={hook} />
      <div>
        <Link to="/hooks/$id" params={{ id: hook.id }} className="button button-plain">
          To the hook
        </Link>
      </div>
    </>
  );
}

function EditForm({ hook }: { hook: Hook }) {
  const navigate = useNavigate();
  const initial = draftOf(hook);
  const params = { id: hook.id };
  return (
    <>
      <PageHead title="Edit the hook">A change applies to every event that is published after it.</PageHead>
      <HookForm
        initial={initial}
        submitLabel="Save"
        onSubmit={async (draft, fields) => {
          const changed = await api<Hook>(
            'PATCH',
            `/event-hooks/${hook.id}?ping=false`,
            changesOf(initial, draft, fields),
          );
          await refresh('/event-hooks');
          say('The hook is changed', `It hears ${describeEvents(changed)}.`);
          warnOfFilter(changed);
          if (canPing(changed) && changed.config.url !== hook.config.url) void pingAndSay(hook.id);
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
