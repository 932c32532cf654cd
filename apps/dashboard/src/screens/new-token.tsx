import { useMutation } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useId, useState } from 'react';
import { api } from '../api/client.ts';
import { refresh, useApi } from '../api/queries.ts';
import type { CreatedToken, Page, Token, Workspace } from '../api/types.ts';
import { labelWorkspace } from '../session/label-workspace.ts';
import { useSession } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';

export const ROLES = {
  admin: { tone: 'warn', text: 'may do everything' },
  viewer: { tone: 'calm', text: 'may look, and sees no secrets' },
  publisher: { tone: 'calm', text: 'may publish events, and nothing else' },
} as const satisfies Record<Token['role'], { tone: string; text: string }>;

const LIFETIMES = [
  ['', 'never'],
  ['86400', 'in a day'],
  ['604800', 'in a week'],
  ['2592000', 'in 30 days'],
  ['31536000', 'in a year'],
] as const;

export function NewToken() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" /> New token
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title="New token">
        <NewTokenForm />
      </Modal>
    </>
  );
}

function NewTokenForm() {
  const session = useSession();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Token['role']>('publisher');
  const [workspace, setWorkspace] = useState(session.workspace ?? '');
  const [seconds, setSeconds] = useState('');
  const id = useId();
  const make = useMutation({
    mutationFn: () =>
      api<CreatedToken>('POST', '/tokens', {
        role,
        ...(name !== '' && { name }),
        ...(workspace !== '' && { workspace }),
        ...(seconds !== '' && { expires_at: Math.floor(Date.now() / 1_000) + Number(seconds) }),
      }),
    onSuccess: () => refresh('/tokens'),
  });
  if (make.data !== undefined) return <MadeToken token={make.data.token} />;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <div className="field">
        <label htmlFor={`${id}-name`}>Name</label>
        <input id={`${id}-name`} value={name} onChange={({ target }) => setName(target.value)} />
        <p className="field-help">Who or what will use it.</p>
      </div>
      <RoleChoice role={role} onChange={setRole} />
      <div className="field-row">
        <div className="field">
          <label htmlFor={`${id}-workspace`}>Workspace</label>
          <WorkspaceSelect id={`${id}-workspace`} value={workspace} onChange={setWorkspace} />
        </div>
        <div className="field">
          <label htmlFor={`${id}-expiry`}>Expires</label>
          <select id={`${id}-expiry`} value={seconds} onChange={({ target }) => setSeconds(target.value)}>
            {LIFETIMES.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </div>
      </div>
      {make.isError && (
        <Notice tone="bad" title="It was not made">
          {make.error.message}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button type="submit" kind="primary" isBusy={make.isPending}>
          Make the token
        </Button>
      </div>
    </form>
  );
}

function MadeToken({ token }: { token: string }) {
  const session = useSession();
  return (
    <>
      <Notice tone="ok" title="This is shown once: copy it now">
        <span className="secret">
          <code className="wrap">{token}</code>
          <CopyButton text={token} label="the token" />
        </span>
      </Notice>
      {!session.is_token_required && (
        <Notice tone="warn" title="It has no effect yet">
          Requests without a token may still do everything until the admin is started with{' '}
          <code>EVENTHOOKS_ADMIN_TOKEN</code>.
        </Notice>
      )}
    </>
  );
}

function RoleChoice({ role, onChange }: { role: Token['role']; onChange: (role: Token['role']) => void }) {
  const name = useId();
  return (
    <fieldset className="field">
      <legend className="field-label">Role</legend>
      {Object.entries(ROLES).map(([one, { text }]) => (
        <label key={one} className="check">
          <input type="radio" name={name} checked={role === one} onChange={() => onChange(one as Token['role'])} />
          <span>
            <strong>{one}</strong> <span className="muted">{text}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** The workspaces that a token may be bound to. A token of one workspace makes tokens of that one only. */
function WorkspaceSelect({ id, value, onChange }: { id: string; value: string; onChange: (name: string) => void }) {
  const session = useSession();
  const { data } = useApi<Page<Workspace>>('/workspaces?size=1000');
  const bound = session.workspace ?? 'default';
  return (
    <select
      id={id}
      value={value}
      disabled={session.workspace !== null}
      onChange={({ target }) => onChange(target.value)}
    >
      {session.workspace === null && <option value="">all</option>}
      {(data?.data.map((one) => [one.name, labelWorkspace(one)] as const) ?? [[bound, bound] as const]).map(
        ([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ),
      )}
    </select>
  );
}
