import { messageOf } from '@eventhooks/contract/message-of';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { ApiFailure, callRoot, pathOfWorkspace, workspace } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import type { Session } from '../api/types.ts';
import { Loading } from '../ui/states.tsx';
import { SignIn } from './sign-in.tsx';

const SessionContext = createContext<Session | null>(null);

/** The current session. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('outside of a session');
  return session;
}

/** Whether changes are permitted. */
export function useCanChange(): boolean {
  return useSession().role === 'admin';
}

/** Exchanges the token for a cookie that no script can read; the page does not keep the token. @throws {ApiFailure} */
function openSession(token: string): Promise<Session> {
  return callRoot<Session>('POST', '/dashboard/session', { 'Kong-Admin-Token': token });
}

export async function closeSession(): Promise<void> {
  await callRoot('DELETE', '/dashboard/session');
  queryClient.clear();
  location.assign(pathOfWorkspace('default'));
}

/** Shows its children when somebody is signed in; otherwise asks for a token. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | 'none' | 'unknown'>('unknown');
  const [failure, setFailure] = useState<string | null>(null);
  const enter = (opened: Session | undefined): void => {
    if (opened === undefined) setSession('none');
    else if (opened.workspace !== null && opened.workspace !== workspace)
      location.replace(pathOfWorkspace(opened.workspace));
    else setSession(opened);
  };
  const explain = (error: unknown): void => {
    setSession('none');
    if (!(error instanceof ApiFailure && error.status === 401)) setFailure(describeFailure(error));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks once
  useEffect(() => {
    callRoot<Session | undefined>('GET', '/dashboard/session').then(enter, explain);
  }, []);
  if (session === 'unknown') return <Loading label="Opening the dashboard" />;
  if (session === 'none' || session.role === 'publisher') {
    const reason =
      session === 'none' ? failure : 'This token may only publish events. Sign in with an admin or viewer token.';
    return (
      <SignIn
        failure={reason}
        onSubmit={(token) => openSession(token).then(enter, (error: unknown) => setFailure(describeFailure(error)))}
      />
    );
  }
  return <SessionContext value={session}>{children}</SessionContext>;
}

function describeFailure(error: unknown): string {
  if (error instanceof ApiFailure && error.status === 401) return 'This token is not valid, or has expired.';
  return messageOf(error);
}
