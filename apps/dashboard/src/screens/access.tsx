import { useMutation } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useId, useState } from 'react';
import { api } from '../api/client.ts';
import { refresh, useApi } from '../api/queries.ts';
import type { CreatedToken, Page, Token } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmButton } from '../ui/confirm.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Pager } from '../ui/pager.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';
import { Ago, At } from '../ui/time.tsx';
import { say } from '../ui/toasts.tsx';

const pageSize = 100;

const ROLES = {
  admin: { tone: 'warn', text: 'may do everything' },
  viewer: { tone: 'calm', text: 'may look, and sees no secrets' },
  publisher: { tone: 'calm', text: 'may publish events, and nothing else' },
} as const satisfies Record<Token['role'], { tone: string; text: string }>;

/** The tokens of the API. */
export function Access() {
  const { offset }: { offset?: string } = useSearch({ strict: false });
  const tokens = useApi<Page<Token>>(`/tokens?size=${pageSize}${offset === undefined ? '' : `&offset=${offset}`}`);
  const canChange = useCanChange();
  return (
    <>
      <PageHead title="Access" actions={canChange && <NewToken />}>
        Tokens open the API. Only their hashes are kept.
      </PageHead>
      <Loaded query={tokens}>
        {(page) =>
          page.data.length === 0 ? (
            <Empty title="No tokens yet">
              Make one for each publisher and each person, so that it can be taken away on its own.
            </Empty>
          ) : (
            <>
              <TokenTable tokens={page.data} />
              <Pager offset={offset} next={page.offset} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function TokenTable({ tokens }: { tokens: Token[] }) {
  const canChange = useCanChange();
  return (
    <div className="table-frame">
      <table className="table table-rows">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Role</th>
            <th scope="col" className="wide">
              Workspace
            </th>
            <th scope="col" className="wide">
              Expires
            </th>
            <th scope="col">Last used</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <td>{token.name ?? <code>{token.id.slice(0, 8)}</code>}</td>
              <td>
                <Pill tone={ROLES[token.role].tone}>{token.role}</Pill>
              </td>
              <td className="wide">{token.workspace ?? <span className="muted">all</span>}</td>
              <td className="wide">
                {token.expires_at === null ? <span className="muted">never</span> : <At at={token.expires_at} />}
              </td>
              <td>
                {token.last_used_at === null ? <span className="muted">never</span> : <Ago at={token.last_used_at} />}
              </td>
              <td className="end">
                {canChange && (
                  <ConfirmButton
                    label="Revoke"
                    title={`Revoke ${token.name ?? 'this token'}?`}
                    confirm="Revoke the token"
                    onConfirm={async () => {
                      await api('DELETE', `/tokens/${token.id}`);
                      await refresh('/tokens');
                      say('The token opens nothing any more');
                    }}
                  >
                    Whoever uses it is refused from this moment on.
                  </ConfirmButton>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NewToken() {
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
  const [name, setName] = useState('');
  const [role, setRole] = useState<Token['role']>('publisher');
  const id = useId();
  const make = useMutation({
    mutationFn: () => api<CreatedToken>('POST', '/tokens', { role, ...(name !== '' && { name }) }),
    onSuccess: () => refresh('/tokens'),
  });
  if (make.data !== undefined) {
    return (
      <Notice tone="ok" title="This is shown once: copy it now">
        <span className="secret">
          <code className="wrap">{make.data.token}</code>
          <CopyButton text={make.data.token} label="the token" />
        </span>
      </Notice>
    );
  }
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
      <fieldset className="field">
        <legend className="field-label">Role</legend>
        {Object.entries(ROLES).map(([one, { text }]) => (
          <label key={one} className="check">
            <input
              type="radio"
              name={`${id}-role`}
              checked={role === one}
              onChange={() => setRole(one as Token['role'])}
            />
            <span>
              <strong>{one}</strong> <span className="muted">{text}</span>
            </span>
          </label>
        ))}
      </fieldset>
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
