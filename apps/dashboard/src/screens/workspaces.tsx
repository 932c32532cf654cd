import { api, pathOfWorkspace, workspace as shownWorkspace } from '../api/client.ts';
import { refresh, useApi } from '../api/queries.ts';
import type { Page, Workspace } from '../api/types.ts';
import { labelWorkspace, titleOf } from '../session/label-workspace.ts';
import { useCanChange, useSession } from '../session/session.tsx';
import { ConfirmButton } from '../ui/confirm.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Loaded } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';
import { Ago } from '../ui/time.tsx';
import { say } from '../ui/toasts.tsx';
import { RenameWorkspace } from './rename-workspace.tsx';
import { EditWorkspace, NewWorkspace } from './workspace-form.tsx';

/** The workspaces that the session may see. */
export function Workspaces() {
  const workspaces = useApi<Page<Workspace>>('/workspaces?size=1000');
  const session = useSession();
  const isForAll = useCanChange() && session.workspace === null;
  return (
    <>
      <PageHead title="Workspaces" actions={isForAll && <NewWorkspace />}>
        Each has its own hooks, events, deliveries and catalogue. A hook hears only the events of its workspace.
      </PageHead>
      <Loaded query={workspaces}>
        {({ data }) => (
          <div className="table-frame">
            <table className="table table-rows">
              <thead>
                <tr>
                  <th scope="col">Workspace</th>
                  <th scope="col">Events</th>
                  <th scope="col" className="wide wider">
                    Made
                  </th>
                  <th scope="col">
                    <span className="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.map((one) => (
                  <WorkspaceRow key={one.id} workspace={one} canDelete={isForAll} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </>
  );
}

function WorkspaceRow({ workspace, canDelete }: { workspace: Workspace; canDelete: boolean }) {
  const { name, title, comment, open, created_at } = workspace;
  const canChange = useCanChange();
  return (
    <tr>
      <td className="row-name">
        {/* Another workspace is another page: the whole dashboard is loaded for it. */}
        <a href={pathOfWorkspace(name)} className="wrap">
          {titleOf(workspace)}
        </a>
        {title !== null && (
          <>
            {' '}
            <code className="wrap">{name}</code>
          </>
        )}
        {comment !== null && <span className="row-note muted">{comment}</span>}
      </td>
      <td>{open ? <Pill tone="calm">New events are added</Pill> : <Pill tone="calm">Registered events only</Pill>}</td>
      <td className="wide wider">
        <Ago at={created_at} />
      </td>
      <td className="end">
        <span className="table-actions">
          {canChange && <RenameWorkspace workspace={workspace} />}
          {canChange && <EditWorkspace workspace={workspace} />}
          {canDelete && name !== 'default' && name !== shownWorkspace && (
            <ConfirmButton
              label="Delete"
              title={`Delete the workspace ${labelWorkspace(workspace)}?`}
              confirm="Delete the workspace"
              onConfirm={async () => {
                await api('DELETE', `/workspaces/${encodeURIComponent(name)}`);
                await refresh('/workspaces');
                say(`The workspace ${titleOf(workspace)} is deleted`);
              }}
            >
              Its catalogue and its tokens go with it. A workspace with hooks cannot be deleted: delete these first.
            </ConfirmButton>
          )}
        </span>
      </td>
    </tr>
  );
}
