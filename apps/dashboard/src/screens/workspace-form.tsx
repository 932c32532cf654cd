import { Switch } from '@base-ui/react/switch';
import { useMutation } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useId, useState } from 'react';
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
import { TitleField } from './rename-workspace.tsx';

export function NewWorkspace() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" /> New workspace
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title="New workspace">
        <WorkspaceForm existing={null} onDone={() => setOpen(false)} />
      </Modal>
    </>
  );
}

export function EditWorkspace({ workspace }: { workspace: Workspace }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label={`Edit ${titleOf(workspace)}`}>
        Edit
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title={`Edit ${labelWorkspace(workspace)}`}>
        <WorkspaceForm existing={workspace} onDone={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function WorkspaceForm({ existing, onDone }: { existing: Workspace | null; onDone: () => void }) {
  const [name, setName] = useState(existing?.name ?? '');
  const [title, setTitle] = useState('');
  const [comment, setComment] = useState(existing?.comment ?? '');
  const [open, setOpenWorkspace] = useState(existing?.open ?? false);
  const id = useId();
  const save = useMutation({
    mutationFn: () => {
      const given = { comment: comment === '' ? null : comment, open };
      return existing === null
        ? api('POST', '/workspaces', { name, title: title === '' ? null : title, ...given })
        : api('PATCH', `/workspaces/${encodeURIComponent(existing.name)}`, given);
    },
    onSuccess: async () => {
      say(existing === null ? `The workspace ${name} is made` : 'The workspace is changed');
      await refresh('/workspaces');
      onDone();
    },
  });
  const faults: FaultTree = save.error instanceof ApiFailure ? save.error.fields : {};
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {existing === null && (
        <Labelled
          label="Name"
          description="The first part of its paths: letters, digits and . _ ~ - It cannot be changed later; the title can."
          error={faultAt(faults, 'name')}
          isRequired
        >
          {(ids) => <input {...ids} spellCheck={false} value={name} onChange={({ target }) => setName(target.value)} />}
        </Labelled>
      )}
      {existing === null && <TitleField title={title} onChange={setTitle} error={faultAt(faults, 'title')} />}
      <Labelled label="Comment" error={faultAt(faults, 'comment')}>
        {(ids) => <input {...ids} value={comment} onChange={({ target }) => setComment(target.value)} />}
      </Labelled>
      <div className="field field-switch">
        <Switch.Root
          className="switch"
          aria-labelledby={`${id}-label`}
          aria-describedby={`${id}-note`}
          checked={open}
          onCheckedChange={setOpenWorkspace}
        >
          <Switch.Thumb className="switch-thumb" />
        </Switch.Root>
        <div>
          <span id={`${id}-label`} className="field-label">
            Take events that nobody registered
          </span>
          <p id={`${id}-note`} className="field-help">
            They are added to the catalogue as they are published, up to 1,000. Otherwise they are refused.
          </p>
        </div>
      </div>
      {save.isError && (
        <Notice tone="bad" title="It was not saved">
          {save.error.message}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button type="submit" kind="primary" disabled={name === ''} isBusy={save.isPending}>
          {existing === null ? 'Make the workspace' : 'Save'}
        </Button>
      </div>
    </form>
  );
}
