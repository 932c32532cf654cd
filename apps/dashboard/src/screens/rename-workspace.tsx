import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiFailure, api } from '../api/client.ts';
import { refresh } from '../api/queries.ts';
import type { FaultTree, Workspace } from '../api/types.ts';
import { faultAt } from '../hook-form/faults.ts';
import { Labelled } from '../hook-form/labelled.tsx';
import { labelWorkspace, titleOf } from '../session/label-workspace.ts';
import { Button } from '../ui/button.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { say } from '../ui/toasts.tsx';

/** Gives a workspace another title. */
export function RenameWorkspace({ workspace }: { workspace: Workspace }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label={`Rename ${titleOf(workspace)}`}>
        Rename
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title={`Rename ${labelWorkspace(workspace)}`}>
        <RenameForm workspace={workspace} onDone={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function RenameForm({ workspace, onDone }: { workspace: Workspace; onDone: () => void }) {
  const [title, setTitle] = useState(workspace.title ?? '');
  const rename = useMutation({
    mutationFn: () =>
      api<Workspace>('PATCH', `/workspaces/${encodeURIComponent(workspace.name)}`, {
        title: title === '' ? null : title,
      }),
    onSuccess: async (renamed) => {
      say(`The workspace ${workspace.name} is shown as “${titleOf(renamed)}”`);
      await refresh('/workspaces');
      onDone();
    },
  });
  const faults: FaultTree = rename.error instanceof ApiFailure ? rename.error.fields : {};
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate();
      }}
    >
      <TitleField title={title} onChange={setTitle} error={faultAt(faults, 'title')} />
      <p>
        Its name stays <code>{workspace.name}</code>: it is in the URLs and tokens of those that use it.
      </p>
      {rename.isError && (
        <Notice tone="bad" title="It was not saved">
          {rename.error.message}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button type="submit" kind="primary" isBusy={rename.isPending}>
          Rename
        </Button>
      </div>
    </form>
  );
}

export function TitleField({
  title,
  onChange,
  error,
}: {
  title: string;
  onChange: (title: string) => void;
  error: string | undefined;
}) {
  return (
    <Labelled label="Title" description="What people see in place of the name. Empty: the name." error={error}>
      {(ids) => <input {...ids} maxLength={100} value={title} onChange={({ target }) => onChange(target.value)} />}
    </Labelled>
  );
}
