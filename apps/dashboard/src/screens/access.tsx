import { useSearch } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { refresh, useApi } from '../api/queries.ts';
import type { Page, Token } from '../api/types.ts';
import { useCanChange, useSession } from '../session/session.tsx';
import { ConfirmButton } from '../ui/confirm.tsx';
import { DocsLink } from '../ui/docs-link.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Pager } from '../ui/pager.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';
import { Ago, At } from '../ui/time.tsx';
import { say } from '../ui/toasts.tsx';
import { NewToken, ROLES } from './new-token.tsx';

const pageSize = 100;

/** The tokens of the API. */
export function Access() {
  const { offset }: { offset?: string } = useSearch({ strict: false });
  const tokens = useApi<Page<Token>>(`/tokens?size=${pageSize}${offset === undefined ? '' : `&offset=${offset}`}`);
  const canChange = useCanChange();
  const session = useSession();
  return (
    <>
      <PageHead title="Access" actions={canChange && <NewToken />}>
        Each token opens the API to one publisher or person. Only hashes of tokens are kept.{' '}
        <DocsLink page="security" />
      </PageHead>
      {!session.is_token_required && (
        <Notice tone="warn" title="No token is needed yet: anyone who reaches this address may do everything">
          The tokens below have no effect until a first one is set. Start the admin with{' '}
          <code>EVENTHOOKS_ADMIN_TOKEN</code>, a text of your own that is hard to guess: from then on every request
          needs a token, and the dashboard asks for one.
        </Notice>
      )}
      <Loaded query={tokens}>
        {(page) =>
          page.data.length === 0 ? (
            <Empty title="No tokens yet">
              Make one for each publisher and each person, so that each can be revoked on its own.
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
              <td className="row-name wrap">
                {token.name ?? <code>{token.id.slice(0, 8)}</code>}
                <br className="narrow-inline" />
                <span className="narrow-inline muted small">
                  {token.workspace === null ? 'all workspaces' : `only ${token.workspace}`}
                  {token.expires_at !== null && (
                    <>
                      , until <At at={token.expires_at} />
                    </>
                  )}
                </span>
              </td>
              <td>
                <Pill tone={ROLES[token.role].tone}>{token.role}</Pill>
              </td>
              <td className="wide">{token.workspace ?? <span className="muted">all</span>}</td>
              <td className="wide">
                {token.expires_at === null ? <span className="muted">never</span> : <At at={token.expires_at} />}
              </td>
              <td>
                {token.last_used_at === null ? (
                  <span className="muted">
                    never<span className="narrow-inline"> used</span>
                  </span>
                ) : (
                  <>
                    <span className="narrow-inline muted">used </span>
                    <Ago at={token.last_used_at} />
                  </>
                )}
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
                      say('The token is revoked');
                    }}
                  >
                    Requests with it are refused from now on.
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
